-- Fuses the legs and adds the structural signals: one row a candidate, with the share of each signal in the score.
-- Every weight is a setting; a model version's own settings come first.
create or replace function score_candidates(
    query text, query_class text, query_embedding halfvec, model_version_id int, mode text, scope search_scope,
    filters jsonb, wanted int, settings jsonb
)
returns table (
    chunk_id bigint, version_id bigint, score float8, lexical_rank int, vector_rank int, lexical_score float8,
        lexical_z float8,
    cosine float8, whole float8, best_window float8, summary float8, base float8, is_name float8, has_name float8,
        has_symbol float8,
    calls_name float8, name_words float8, path_words float8, phrase float8, callee float8, caller float8, file float8,
        path float8,
    kind float8, language float8
)
language plpgsql stable rows 150
set search_path from current
as $$
#variable_conflict use_column
declare
    w jsonb := settings;
    spoken text [] := named_languages(query);
    -- Who names the language asks as one asks the web: in words that are less those of the code.
    lexical_weight float8 := (w ->> ('fusion.lexical.'
        || case when query_class = 'semantic' and spoken <> '{}' then 'language' else query_class end))::float8;
    vector_weight float8 := 1 - lexical_weight;
    by_rank boolean := w ->> 'fusion.method' = 'rrf';
    rank_constant float8 := (w ->> 'fusion.rrf_k')::float8;
    spread float8 := (w ->> 'vector.deviation')::float8;
    average float8 := (w ->> 'vector.mean')::float8;
    share_window float8 := (w ->> 'vector.share_window')::float8;
    share_summary float8 := (w ->> 'vector.share_summary')::float8;
    names text [] := query_names(query);
    scoped text [] := array(select n from unnest(names) n where position('.' in n) > 0);
    bare text := lower(trim(both '"''`(). ' from regexp_replace(query, '(::|->|#|\?\.|\\|\(\))', '.', 'g')));
    words text [] := query_terms(regexp_replace(query, '(\.|::|->|#)', ' ', 'g'));
    literal text := case when length(trim(both '"''`' from query)) >= 12 then lower(trim(both '"''`' from query)) end;
    unwanted text [] := unwanted_flags(query);
    word_count float8 := greatest(cardinality(words), 1);
    z_limit float8 := (w ->> 'lexical.z_limit')::float8;
    most_definitions int := (w ->> 'signal.graph_definitions')::int;
    name_weight float8 := (w ->> 'signal.name_words')::float8;
    path_weight float8 := (w ->> 'signal.path_words')::float8;
    callee_weight float8 := (w ->> 'signal.callee')::float8;
    caller_weight float8 := (w ->> 'signal.caller')::float8;
    file_weight float8 := (w ->> 'signal.file')::float8;
    language_weight float8 := (w ->> 'signal.language')::float8;
    kinds jsonb := jsonb_build_object('function', w -> 'signal.kind.function', 'method', w -> 'signal.kind.method',
        'class', w -> 'signal.kind.class', 'block', w -> 'signal.kind.block', 'module', w -> 'signal.kind.module');
begin
    if query_embedding is null or mode = 'lexical' then
        lexical_weight := 1; vector_weight := 0;
    elsif mode in ('vector', 'exact') then
        lexical_weight := 0; vector_weight := 1;
    end if;
    return query
    with candidate as materialized (
        select s.*,
               (1 - case when s.best_window is null then 0 else share_window end - case when s.summary is null then 0
                   else share_summary end)
               * s.whole + share_window * coalesce(s.best_window, 0) + share_summary * coalesce(s.summary, 0) as cosine
        from search_candidates(query, query_embedding, model_version_id, mode, scope, filters, wanted) s
    ), described as materialized (
        select a.*, c.version_id, c.name, c.kind, c.repository_id, v.path_flags, c.imports,
            v.language = any(spoken) as is_spoken,
               -- What an import of it may name, where a name must be imported to be called; null where it need not.
               case when v.language in ('python', 'typescript', 'tsx') and c.kind <> 'method'
                    then array[c.name, regexp_replace(v.path, '^.*/|\.[^./]*$', '', 'g')] end as imported_as,
               case when by_rank then
                    (rank_constant + 1) * (coalesce(lexical_weight / (rank_constant + a.lexical_rank), 0)
                                           + coalesce(vector_weight / (rank_constant + a.vector_rank), 0))
               else lexical_weight * least(coalesce(a.lexical_z, 0), z_limit)
                    + vector_weight * (coalesce(a.cosine, average) - average) / spread end as base,
               c.name <> '' and (lower(c.name) = bare or is_named(c.symbol, bare)) as is_name,
               lower(c.name) = any(names) as has_name,
               cardinality(scoped) > 0 and exists (select from unnest(scoped) n where is_named(c.symbol, n))
                   as has_symbol,
               cardinality(names) > 0 and exists (select from chunk_call k
                   where k.chunk_id = a.chunk_id and lower(k.name) = any(names)) as calls_name,
               case when words && v.path_stems then (select count(*) from unnest(words) q
                   where q = any(v.path_stems)) / word_count else 0 end as path_share,
               case when words && c.name_stems then (select count(*) from unnest(words) q
                   where q = any(c.name_stems)) / word_count else 0 end as name_share,
               -- What has the whole of a qualified name is its definition, though that writes only the last part.
               literal is not null and (a.lexical_rank is not null and position(literal in lower(c.content)) > 0
                                        or position('.' in bare) > 0 and is_named(c.symbol, bare)) as has_phrase
        from candidate a
        join chunk c on c.chunk_id = a.chunk_id
        join file_version v on v.version_id = c.version_id
    ), definitions as materialized (
        select d.repository_id, d.name from described d where d.name <> ''
        group by d.repository_id, d.name having count(*) <= most_definitions
    ), call as materialized (
        -- By chunk first: a plan that begins with the name reads the calls of frequent names in the whole repository.
        select k.chunk_id, k.name from chunk_call k where k.chunk_id = any(array(select d.chunk_id from described d))
    ), named_call as materialized (
        -- The calls lead, or every candidate is compared with every other.
        select k.chunk_id as caller, callee.chunk_id as callee, callee.repository_id, callee.version_id,
            callee.imported_as, callee.base
        from call k
        join described callee on callee.name = k.name and callee.chunk_id <> k.chunk_id
        join definitions n on n.name = callee.name and n.repository_id = callee.repository_id
    ), edge as materialized (
        select k.caller, k.callee, caller.base as caller_base, k.base as callee_base
        from named_call k
        join described caller on caller.chunk_id = k.caller and caller.repository_id = k.repository_id
        -- Where names must be imported, one that is not is another function of the same name.
        where caller.version_id = k.version_id or k.imported_as is null or k.imported_as && caller.imports
    ), neighbour as (
        select e.chunk_id, max(e.callee) as callee, max(e.caller) as caller
        from (select caller as chunk_id, callee_base as callee, null::float8 as caller from edge
              union all
              select callee, null, caller_base from edge) e
        group by e.chunk_id
    ), weighted as (
        select d.chunk_id, d.version_id, d.lexical_rank, d.vector_rank, d.lexical_score, d.lexical_z, d.cosine, d.whole,
            d.best_window,
               d.summary, d.base,
               case when d.is_name then (w ->> 'signal.is_name')::float8 else 0 end as is_name,
               case when d.has_name and not d.is_name then (w ->> 'signal.has_name')::float8 else 0 end as has_name,
               case when d.has_symbol and not d.is_name then (w ->> 'signal.has_symbol')::float8
                   else 0 end as has_symbol,
               case when d.calls_name then (w ->> 'signal.calls_name')::float8 else 0 end as calls_name,
               d.name_share * name_weight as name_words,
               d.path_share * path_weight as path_words,
               case when d.has_phrase then (w ->> 'signal.phrase')::float8 else 0 end as phrase,
               greatest(coalesce(n.callee, 0), 0) * callee_weight as callee,
               greatest(coalesce(n.caller, 0), 0) * caller_weight as caller,
               file_weight * sum(greatest(d.base, 0)) over (partition by d.version_id) as file,
               case when d.path_flags = '{}' then 0
                   else coalesce((select sum((w ->> ('signal.path.' || p.flag))::float8)
                    from unnest(d.path_flags) p(flag) where p.flag = any(unwanted)), 0) end as path,
               (kinds ->> d.kind)::float8 as kind,
               case when d.is_spoken then language_weight else 0 end as language
        from described d left join neighbour n on n.chunk_id = d.chunk_id
    ), shared as (
        select t.*, t.file / greatest(max(t.file) over () / nullif(file_weight, 0), 1e-9) as file_share from weighted t
    )
    select x.chunk_id, x.version_id,
           x.base + x.is_name + x.has_name + x.has_symbol + x.calls_name + x.name_words + x.path_words + x.phrase
               + x.callee + x.caller
           + coalesce(x.file_share, 0) + x.path + x.kind + x.language,
           x.lexical_rank, x.vector_rank, x.lexical_score, x.lexical_z, x.cosine, x.whole, x.best_window, x.summary,
               x.base,
           x.is_name, x.has_name, x.has_symbol, x.calls_name, x.name_words, x.path_words, x.phrase, x.callee, x.caller,
           coalesce(x.file_share, 0), x.path, x.kind, x.language
    from shared x;
end
$$;
comment on function score_candidates(text, text, halfvec, int, text, search_scope, jsonb, int, jsonb) is
'Fuses the legs and adds the structural signals: one row a candidate, with the share of each signal.';
