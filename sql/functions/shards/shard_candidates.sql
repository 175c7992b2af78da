-- The candidates of a search in this database, by the inverse document frequencies of all shards.
create or replace function shard_candidates(
    asked query_parts, address text, filters jsonb, model text, query_embedding halfvec, mode text, wanted int,
    standards lexical_standard []
)
returns setof shard_answers
language plpgsql stable rows 1
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    scope search_scope := shard_scope(address, standards);
    found search_candidate [];
begin
    found := array(select row(s.*)::search_candidate
        from search_candidates(asked, query_embedding, resolve_model(model), mode, scope, filters, wanted) s);
    return query
    select found,
        array(select t.text_hash from unnest(found) with ordinality as c(chunk_id, a, b, d, e, f, g, h, place)
              left join chunk_text t on t.chunk_id = c.chunk_id and t.unit = 0 order by c.place),
        array(select row(s.level, null, null, null, l.mean, l.deviation, null)::lexical_standard
              from unnest(standards) s
              cross join lateral lexical_scores(asked.terms, scope.repositories, s.level, s) l
              where l.blocks is not null);
end
$$;
comment on function shard_candidates(query_parts, text, jsonb, text, halfvec, text, int, lexical_standard []) is
'The candidates of a search in this database, by the inverse document frequencies of all shards.';
