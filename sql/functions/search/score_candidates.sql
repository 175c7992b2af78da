-- Fuses the legs and adds the structural signals: one row a candidate, with the share of each signal in features.
-- Every weight is a setting; a model version's own settings come first.
create or replace function score_candidates(
    query text, query_class text, query_embedding halfvec, model_version_id int, mode text, repositories int [],
    every_repository boolean, filters jsonb, wanted int, settings jsonb
)
returns table (
    chunk_id bigint, file_id bigint, score float8, lexical_rank int, vector_rank int, lexical_score float8, cosine float8,
    features jsonb
)
language plpgsql stable rows 150
set search_path from current
as $$
declare
    w jsonb := settings;
    lexical_weight float8 := (w ->> ('fusion.lexical.' || query_class))::float8;
    vector_weight float8 := 1 - (w ->> ('fusion.lexical.' || query_class))::float8;
    by_rank boolean := w ->> 'fusion.method' = 'rrf';
    rank_constant float8 := (w ->> 'fusion.rrf_k')::float8;
    spread float8 := (w ->> 'vector.deviation')::float8;
    average float8 := (w ->> 'vector.mean')::float8;
    share_window float8 := (w ->> 'vector.share_window')::float8;
    share_summary float8 := (w ->> 'vector.share_summary')::float8;
    names text [] := query_names(query);
    bare text := lower(trim(both '"''`() ' from regexp_replace(query, '(::|->|#|\(\))', '.', 'g')));
    words text [] := array(select t.term from unnest(query_terms(regexp_replace(query, '(\.|::|->|#)', ' ', 'g'))) as t(term));
    phrase text := case when length(trim(both '"''`' from query)) >= 12 then lower(trim(both '"''`' from query)) end;
    unwanted text [] := unwanted_flags(query);
begin
    if query_embedding is null or mode = 'lexical' then
        lexical_weight := 1; vector_weight := 0;
    elsif mode in ('vector', 'exact') then
        lexical_weight := 0; vector_weight := 1;
    end if;
    return query
    with candidate as materialized (
        select s.*,
               (1 - case when s.best_window is null then 0 else share_window end - case when s.summary is null then 0 else share_summary end)
               * s.whole + share_window * coalesce(s.best_window, 0) + share_summary * coalesce(s.summary, 0) as mixed
        from search_candidates(query, query_embedding, model_version_id, mode, repositories, every_repository, filters, wanted) s
    ), described as materialized (
        select a.*, c.file_id, c.name, c.symbol, c.kind, c.repository_id, f.path_flags,
               case when by_rank then
                    (rank_constant + 1) * (coalesce(lexical_weight / (rank_constant + a.lexical_rank), 0)
                                           + coalesce(vector_weight / (rank_constant + a.vector_rank), 0))
               else lexical_weight * least(coalesce(a.lexical_z, 0), (w ->> 'lexical.z_limit')::float8)
                    + vector_weight * (coalesce(a.mixed, average) - average) / spread end as base,
               (lower(c.name) = bare or lower(c.symbol) = bare or lower(c.symbol) like '%.' || bare) and c.name <> '' as is_name,
               lower(c.name) = any(names) as has_name,
               exists (select from unnest(names) n where position('.' in n) > 0 and (lower(c.symbol) = n or lower(c.symbol) like '%.' || n)) as has_symbol,
               (select count(*) from unnest(words) q where q = any(f.path_stems)) / greatest(cardinality(words), 1)::float8 as path_share,
               (select count(*) from unnest(words) q where q = any(c.name_stems)) / greatest(cardinality(words), 1)::float8 as name_share,
               (select count(*) from unnest(words) q where q = any(c.name_stems)) / greatest(cardinality(c.name_stems), 1)::float8 as name_cover,
               phrase is not null and position(phrase in lower(c.content)) > 0 as has_phrase
        from candidate a
        join chunk c on c.chunk_id = a.chunk_id
        join source_file f on f.file_id = c.file_id
    ), edge as materialized (
        select caller.chunk_id as caller, callee.chunk_id as callee, caller.base as caller_base, callee.base as callee_base
        from described caller
        join chunk_call k on k.chunk_id = caller.chunk_id
        join described callee on callee.name = k.name and callee.repository_id = caller.repository_id and callee.chunk_id <> caller.chunk_id
        where callee.name <> ''
          and (select count(*) from described d where d.name = callee.name) <= (w ->> 'signal.graph_definitions')::int
    ), featured as (
        select d.*,
               coalesce((select max(e.callee_base) from edge e where e.caller = d.chunk_id), 0) as callee,
               coalesce((select max(e.caller_base) from edge e where e.callee = d.chunk_id), 0) as caller,
               sum(greatest(d.base, 0)) over (partition by d.file_id) as file_sum
        from described d
    ), weighted as (
        select t.*,
               t.file_sum / greatest(max(t.file_sum) over (), 1e-9) as file_share,
               jsonb_strip_nulls(jsonb_build_object(
                   'is_name', case when t.is_name then (w ->> 'signal.is_name')::float8 end,
                   'has_name', case when t.has_name and not t.is_name then (w ->> 'signal.has_name')::float8 end,
                   'has_symbol', case when t.has_symbol and not t.is_name then (w ->> 'signal.has_symbol')::float8 end,
                   'path_words', nullif(t.path_share * (w ->> 'signal.path_words')::float8, 0),
                   'name_words', nullif(t.name_share * (w ->> 'signal.name_words')::float8, 0),
                   'name_cover', nullif(t.name_cover * (w ->> 'signal.name_cover')::float8, 0),
                   'phrase', case when t.has_phrase then (w ->> 'signal.phrase')::float8 end,
                   'callee', nullif(greatest(t.callee, 0) * (w ->> 'signal.callee')::float8, 0),
                   'caller', nullif(greatest(t.caller, 0) * (w ->> 'signal.caller')::float8, 0),
                   'file', nullif(t.file_sum / greatest(max(t.file_sum) over (), 1e-9) * (w ->> 'signal.file')::float8, 0),
                   'path', (select sum((w ->> ('signal.path.' || p.flag))::float8)
                            from unnest(t.path_flags) p(flag) where p.flag = any(unwanted)),
                   'kind', nullif((w ->> ('signal.kind.' || t.kind))::float8, 0))) as shares
        from featured t
    )
    select x.chunk_id, x.file_id,
           x.base + coalesce((select sum(v.value::float8) from jsonb_each_text(x.shares) v), 0),
           x.lexical_rank, x.vector_rank, x.lexical_score, x.mixed,
           x.shares || jsonb_build_object('base', x.base, 'lexical_z', x.lexical_z, 'whole', x.whole, 'best_window', x.best_window,
               'summary', x.summary, 'name_share', x.name_share, 'path_share', x.path_share)
    from weighted x;
end
$$;
comment on function score_candidates(text, text, halfvec, int, text, int [], boolean, jsonb, int, jsonb) is
'Fuses the legs and adds the structural signals: one row a candidate, with the share of each signal.';
