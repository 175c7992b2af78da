-- What is known of each candidate, as a row of numbers in the order of feature_names; a ranker weighs them. To add a
-- signal: one expression at the end of the array here, and its name there. Scores of the legs are standardised (BM25 by
-- its mean and deviation over the repository, cosines by those of the model), so that weights hold in every repository.
-- "best" is the plain mean of the legs, what evidence of neighbours and of the file is measured in. The candidates are
-- those of the search, or given. largest_file is what the file of which most was found is worth: file_share in measure.
create or replace function candidate_features(
    asked query_parts, scope search_scope, filters jsonb, model_version_id int, query_embedding halfvec, mode text,
    wanted int, settings jsonb, around caller_context, candidates search_candidate [] default null
)
returns table (
    chunk_id bigint, version_id bigint, repository_id int, content_hash uuid, lexical_rank int, vector_rank int,
    features real [], largest_file float8
)
language plpgsql stable rows 150
set search_path from current
as $$
#variable_conflict use_column
declare
    average float8 := (settings ->> 'vector.mean')::float8;
    spread float8 := (settings ->> 'vector.deviation')::float8;
    rank_constant float8 := (settings ->> 'fusion.rrf_k')::float8;
    most_definitions int := (settings ->> 'graph.definitions')::int;
    name_key text := lower(asked.bare);
    word_count float8 := greatest(cardinality(asked.words), 1);
    -- What the query's terms are worth, and tests of a chunk for each: anywhere, and in its heading.
    worth float8 [];
    all_worth float8;
    known float8;
    anywhere tsquery [];
    in_heading tsquery [];
    -- BM25 of files as a whole.
    file_blocks int [];
    file_scores vector [];
    file_mean float8;
    file_deviation float8;
    -- What each counts where there is no context.
    nothing constant real [] := array_fill(0::real, array[13]);
    standard lexical_standard := (select s from unnest(scope.standards) s where s.level = 0);
    file_standard lexical_standard := (select s from unnest(scope.standards) s where s.level = 1);
begin
    candidates := coalesce(candidates, array(
        select row(s.*)::search_candidate
        from search_candidates(asked, query_embedding, model_version_id, mode, scope, filters, wanted) s));
    select array_agg(i.idf::float8 ^ 2), sum(i.idf::float8 ^ 2), array_agg(quote_literal(i.term)::tsquery),
           array_agg((quote_literal(i.term) || ':AC')::tsquery)
    into worth, all_worth, anywhere, in_heading
    from term_idf(asked.terms, scope.repositories, 0::smallint, standard) i;
    -- A term that occurs nowhere would be worth most.
    known := all_worth / (all_worth + (cardinality(asked.terms) - cardinality(worth)) * (
        select bm25_idf(coalesce(standard.chunks, sum(s.chunk_count)), 0) ^ 2 from lexical_statistic s
        where s.repository_id = any(scope.repositories) and s.level = 0));
    select l.blocks, l.scores, l.mean, nullif(l.deviation, 0) into file_blocks, file_scores, file_mean, file_deviation
    from lexical_scores(asked.terms, scope.repositories, 1::smallint, file_standard) l;
    return query
    with candidate as materialized (
        select s.* from unnest(candidates) s
    ), module as materialized (
        select m.version_id, m.chunk_id, m.slot, m.name, m.name_stems
        from chunk m where m.version_id = any(array(select a.version_id from candidate a)) and m.level = 1
    ), near as materialized (
        -- All at once: candidates and the files that they are of.
        select d.chunk_id, (1 - d.whole - average) / spread as whole,
               (1 - d.best_window - average) / spread as best_window
        from vector_distances(case when mode <> 'lexical' and query_embedding is not null then model_version_id end,
            query_embedding, array(select chunk_id from candidate union select chunk_id from module)) d
    ), described as materialized (
        select a.*, (a.lexical + a.vector + a.best_window_z) / 3 as best, c.repository_id, c.content_hash,
               -- Concatenated, and so decompressed, once: each term of the query looks into the lexemes twice.
               c.name, c.symbol, c.kind, c.role, c.imports, c.name_stems, c.lexemes || '' as lexemes, c.content,
               c.end_line - c.start_line as line_count, v.path_flags, v.path_stems, v.language,
               array(select f from unnest(v.path_flags) f where f = any(asked.unwanted)) as unwanted,
               -- What an import of it may name, where a name must be imported to be called; null where it need not.
               case when v.language in ('python', 'typescript', 'tsx') and c.kind <> 'method'
                    then array[c.name, regexp_replace(v.path, '^.*/|\.[^./]*$', '', 'g')] end as imported_as
        -- A chunk that was just written and has no vector yet is taken to be as near as the others are: beside theirs a
        -- 0 would put it behind what fits the words less.
        from (select s.*, coalesce(s.lexical_z, 0) as lexical, coalesce(n.whole, avg(n.whole) over (), 0) as vector,
                     coalesce(n.best_window, n.whole, avg(coalesce(n.best_window, n.whole)) over (), 0)
                         as best_window_z,
                     coalesce((rank_constant + 1) / (rank_constant + s.vector_rank),
                         case when n.whole is null then avg((rank_constant + 1) / (rank_constant + s.vector_rank))
                             over () end, 0) as vector_reciprocal
              from candidate s left join near n on n.chunk_id = s.chunk_id) a
        join chunk c on c.chunk_id = a.chunk_id
        join file_version v on v.version_id = c.version_id
    ), file as materialized (
        select f.version_id, coalesce(m.name, '') as name, coalesce(m.name_stems, '{}') as name_stems, f.summed, f.best,
               case when asked.words && m.name_stems then common_words(asked.words, m.name_stems) else 0 end as in_file,
               coalesce((coalesce(l.score, 0) - file_mean) / file_deviation, 0) as lexical,
               coalesce(greatest(n.whole, n.best_window), 0) as vector
        from (select d.version_id, sum(greatest(d.best, 0)) as summed, max(d.best) as best from described d
              group by d.version_id) f
        left join module m on m.version_id = f.version_id
        left join lexical_score_at(file_blocks, file_scores, array(select slot from module)) l on l.slot = m.slot
        left join near n on n.chunk_id = m.chunk_id
    ), definition as materialized (
        select d.repository_id, d.name from described d where d.name <> ''
        group by d.repository_id, d.name having count(*) <= most_definitions
    ), call as materialized (
        -- By chunk first: a plan that begins with the name reads the calls of frequent names in the whole repository.
        select k.chunk_id, k.name from chunk_reference k
        where k.chunk_id = any(array(select d.chunk_id from described d)) and k.kind = 'call'
        group by k.chunk_id, k.name
    ), named_call as materialized (
        -- The calls lead, or every candidate is compared with every other.
        select k.chunk_id as caller, callee.chunk_id as callee, callee.repository_id, callee.version_id,
               callee.imported_as, callee.best
        from call k
        join described callee on callee.name = k.name and callee.chunk_id <> k.chunk_id
        join definition n on n.name = callee.name and n.repository_id = callee.repository_id
    ), edge as materialized (
        select k.caller, k.callee, caller.best as caller_best, k.best as callee_best
        from named_call k
        join described caller on caller.chunk_id = k.caller and caller.repository_id = k.repository_id
        -- Where names must be imported, one that is not is another function of the same name.
        where caller.version_id = k.version_id or k.imported_as is null or k.imported_as && caller.imports
    ), neighbour as (
        select e.chunk_id, max(e.callee) as callee, max(e.caller) as caller
        from (select caller as chunk_id, callee_best as callee, null::float8 as caller from edge
              union all
              select callee, null, caller_best from edge) e
        group by e.chunk_id
    ), covered as materialized (
        select d.chunk_id, coalesce(sum(t.worth) filter (where d.lexemes @@ t.anywhere) / all_worth, 0) as coverage,
               coalesce(sum(t.worth) filter (where d.lexemes @@ t.in_heading) / all_worth, 0) as heading
        from described d cross join unnest(worth, anywhere, in_heading) as t(worth, anywhere, in_heading)
        group by d.chunk_id
    ), standing as materialized (
        select d.*, case when asked.words && d.name_stems then common_words(asked.words, d.name_stems)
                   else 0 end as in_name,
               case when asked.words && d.path_stems then common_words(asked.words, d.path_stems) else 0 end as in_path,
               f.in_file, f.lexical as file_lexical, f.vector as file_vector, f.best as file_best,
               f.name_stems as file_stems, f.summed,
               lower(f.name) as file_name, f.summed / greatest(max(f.summed) over (), 1e-9) as file_share,
               d.name <> '' and (name_key = lower(d.name) or is_named(d.symbol, name_key)) as is_name,
               asked.qualified <> '{}' and exists (select from unnest(asked.qualified) q where is_named(d.symbol, q))
                   as has_qualified_name,
               lower(d.name) = any(asked.names) as has_name, d.name = any(asked.typed_names) as has_typed_name,
               coalesce(standard.best, max(d.lexical_score) over ()) as best_lexical_score
        from described d join file f on f.version_id = d.version_id
    )
    select d.chunk_id, d.version_id, d.repository_id, d.content_hash, d.lexical_rank, d.vector_rank,
        coalesce(x.features, nothing) || array[
        -- The legs.
        least(d.lexical, 20),
        ln(1 + greatest(d.lexical, 0)),
        coalesce(d.lexical_score / nullif(d.best_lexical_score, 0), 0),
        coalesce((rank_constant + 1) / (rank_constant + d.lexical_rank), 0),
        d.vector,
        d.best_window_z,
        d.vector_reciprocal,
        -- The file: as a whole, and what its candidates sum up to.
        least(d.file_lexical, 20),
        ln(1 + greatest(d.file_lexical, 0)),
        d.file_vector,
        d.file_share,
        d.file_best,
        -- Names, of the chunk and of its file.
        d.is_name::int,
        (d.is_name and d.has_typed_name)::int,
        d.has_name::int,
        d.has_typed_name::int,
        d.has_qualified_name::int,
        (asked.names <> '{}' and exists (select from call k
            where k.chunk_id = d.chunk_id and lower(k.name) = any(asked.names)))::int,
        d.in_name / word_count,
        d.in_name / greatest(cardinality(d.name_stems), 1),
        d.in_path / word_count,
        d.in_file / word_count,
        d.in_file / greatest(cardinality(d.file_stems), 1),
        (d.file_name = name_key or d.file_name = any(asked.names))::int,
        -- The query as it stands. What has the whole of a qualified name is its definition, though that writes only the
        -- last part.
        (asked.literal is not null
            and (d.lexical_rank is not null and position(asked.literal in lower(d.content)) > 0
                or position('.' in name_key) > 0 and is_named(d.symbol, name_key)))::int,
        greatest(coalesce(n.callee, 0), 0),
        greatest(coalesce(n.caller, 0), 0),
        -- How much of the query there is, rare words most: BM25 lets one rare word, often repeated, stand for all.
        coalesce(v.coverage, 0),
        coalesce(v.heading, 0),
        coalesce(max(v.coverage) over (partition by d.version_id), 0),
        -- What the path says, unless it was asked for.
        (d.unwanted && '{test}')::int,
        (d.unwanted && '{example}')::int,
        (d.unwanted && '{generated}')::int,
        (d.unwanted && '{vendored}')::int,
        (d.unwanted && '{legacy}')::int,
        (d.unwanted && '{docs}')::int,
        (d.unwanted && '{entry}')::int,
        -- What it is.
        (d.kind = 'class')::int,
        (d.kind = 'block')::int,
        (d.kind = 'method')::int,
        coalesce((d.language = any(asked.languages))::int, 0),
        ln(1 + least(d.line_count, 40)),  -- a line or two is seldom an answer; more than a screen is none the better
        (d.role = 'part')::int,
        (d.role = 'extension')::int,
        (d.role = 'declaration')::int,
        (d.has_name and row_number() over (partition by d.repository_id, lower(d.name)
            order by d.has_qualified_name desc, d.has_typed_name desc, d.role = 'definition' desc,
                d.kind = 'class' desc, cardinality(d.path_flags), d.line_count desc, d.chunk_id) = 1)::int,
        -- What there is of the query at all: nothing for the order, much for how sure an answer is.
        coalesce(known, 0)
    ]::real [], max(d.summed) over ()
    from standing d
    left join neighbour n on n.chunk_id = d.chunk_id
    left join covered v on v.chunk_id = d.chunk_id
    left join context_features(around, scope, case when not (around is null)
        then array(select o.chunk_id from described o) end, model_version_id, settings) x on x.chunk_id = d.chunk_id;
end
$$;
comment on function candidate_features(
    query_parts, search_scope, jsonb, int, halfvec, text, int, jsonb, caller_context, search_candidate []
) is
'What is known of each candidate, as a row of numbers in the order of feature_names.';
