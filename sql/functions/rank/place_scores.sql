-- Places of search_hops with their scores: the logarithm of how likely the way there is, times discount, and how well
-- the place answers what is left of the question, by meaning, or by words where no model can say. A thousandth is what
-- a way counts that nothing speaks for.
create or replace function place_scores(
    places hop_place [], discount float8, left_over text, scope search_scope, model_version_id int, settings jsonb
)
returns hop_place []
language sql stable
set search_path from current
as $$
    select coalesce(array_agg(row(p.chunk_id, p.hop, p.via, p.relation, p.detail, p.mass,
        ln(p.mass * discount + 0.001) + 0.7 * coalesce(t.answers, 0))::hop_place), '{}')
    from unnest(places) p
    left join (select s.chunk_id, case when bool_or(s.vector <> 0) over () then s.vector else s.lexical end as answers
               from text_scores(left_over, scope, array(select o.chunk_id from unnest(places) o), model_version_id,
                   settings) s) t on t.chunk_id = p.chunk_id
$$;
comment on function place_scores(hop_place [], float8, text, search_scope, int, jsonb) is
'Places of search_hops with their scores.';
