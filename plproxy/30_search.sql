-- The parts of a search that read chunks, asked of the shards. All above them (checks, weights, the best of a file,
-- confidence, settings) is the same as in one database.

create or replace function shard_frequencies(terms text [], address text) returns setof lexical_standard
language plproxy
as $$ cluster 'codesearch_shards'; run on codesearch.shards_of(address); $$;

create or replace function shard_candidates(
    asked query_parts, address text, filters jsonb, model text, query_embedding halfvec, mode text, wanted int,
    standards lexical_standard []
)
returns setof shard_answers
language plproxy
as $$ cluster 'codesearch_shards'; run on codesearch.shards_of(address); $$;

create or replace function shard_features(
    asked query_parts, address text, model text, query_embedding halfvec, mode text, settings jsonb,
    around caller_context, standards lexical_standard [], candidates search_candidate []
)
returns table (
    chunk_id bigint, version_id bigint, repository_id int, content_hash uuid, lexical_rank int, vector_rank int,
    features vector, largest_file float8
)
language plproxy
as $$ cluster 'codesearch_shards'; run on codesearch.shards_of(address); $$;

-- Vectors are in the shards; here is none of them.
create or replace function has_vectors(model_version_id int) returns boolean
language sql immutable
as $$
    select true
$$;

-- What a search is over is for each shard to say.
create or replace function scope_of(repository text) returns search_scope
language sql stable
set search_path from current
as $$
    select row('{}', '{}', false, scope_of.repository, null)::search_scope
$$;

-- Of shards that have files of the context, the one that has the most of them is meant.
create or replace function read_context(context jsonb, scope search_scope) returns caller_context
language plpgsql stable strict
set search_path from current
as $$
#variable_conflict use_column
declare
    around caller_context;
begin
    if context - '{explain,symbol,session}'::text [] = '{}' then
        return null;
    end if;
    select c.current, c.recent, c.task, c.queries into around
    from shard_context(context, scope.address) c
    where c.task is not null or c.queries is not null or cardinality(c.current || c.recent) > 0
    order by cardinality(c.current || c.recent) desc limit 1;
    return around;
end
$$;

-- Each shard logs what it showed, since what is learned from it is learned where the text is. A search that nothing
-- answered is logged here. A shard that is away by now logs nothing.
create or replace function log_search(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, hits hit [],
    started timestamptz, session text, surest float8
)
returns bigint []
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
begin
    if cardinality(hits) = 0 then
        return array[log_query(query, k, log_search.repository, log_search.path, log_search.language, log_search.kind,
            mode, model_id, hits, started, session, surest)];
    end if;
    return array(select l from shard_log(query, k, log_search.repository, log_search.path, log_search.language,
        log_search.kind, mode, (select m.name from model_version m where m.model_version_id = model_id), hits, session,
        surest) l where l is not null);
end
$$;

-- The candidates of all shards, each leg's best of all, measured by the statistics of all: first how frequent the terms
-- are, then what each shard finds, then the features of what is left of it.
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
    model text := (select m.name from model_version m where m.model_version_id = candidate_features.model_version_id);
    standards lexical_standard [];
    answers shard_answers [];
    file_share constant int := array_position(feature_names(), 'file_share');
begin
    loop
        begin
            with answered as materialized (
                select f.* from shard_frequencies(asked.terms, scope.address) f
            ), term as (
                select a.level, u.term, sum(u.frequency) as frequency
                from answered a, unnest(a.terms, a.frequencies) as u(term, frequency) group by a.level, u.term
            )
            select array_agg(row(n.level, n.chunks, t.terms, t.frequencies, null, null, null)::lexical_standard)
            into standards
            from (select a.level, sum(a.chunks) as chunks from answered a group by a.level) n
            left join (select t.level, array_agg(t.term order by t.term) as terms,
                              array_agg(t.frequency order by t.term) as frequencies
                       from term t group by t.level) t on t.level = n.level;

            answers := array(select row(a.*)::shard_answers from shard_candidates(asked, scope.address, filters, model,
                query_embedding, mode, wanted, standards) a);
            standards := array(
                select row(s.level, s.chunks, s.terms, s.frequencies, t.mean,
                           sqrt(greatest(t.mean_square - t.mean ^ 2, 1e-12)), null)::lexical_standard
                from unnest(standards) s
                left join (select o.level, sum(o.mean) as mean, sum(o.deviation ^ 2 + o.mean ^ 2) as mean_square
                           from unnest(answers) a, unnest(a.shares) o group by o.level) t on t.level = s.level);
            select c.candidates, c.measured into candidates, standards
            from best_of_shards(answers, standards, (filters ->> 'level')::smallint, mode, wanted) c;

            return query
            select f.chunk_id, f.version_id, f.repository_id, f.content_hash, f.lexical_rank, f.vector_rank,
                   -- What is a share of the best file's is of the best of all shards.
                   v.own[:file_share - 1]
                   || (v.own[file_share] * f.largest_file / greatest(max(f.largest_file) over (), 1e-9))::real
                   || v.own[file_share + 1:], f.largest_file
            from shard_features(asked, scope.address, model, query_embedding, mode, settings, around, standards,
                candidates) f
            cross join lateral (select f.features::real [] as own) v;
            perform say_partial(scope.address);
            return;
        exception when others then
            perform settle_failure(sqlstate, sqlerrm, '');
        end;
    end loop;
end
$$;

-- The candidates of one search out of what the shards have found: the best of each leg, a text that several shards have
-- once, with standardised scores; and the standards with the best score.
create or replace function best_of_shards(
    answers shard_answers [], standards lexical_standard [], level smallint, mode text, wanted int,
    out candidates search_candidate [], out measured lexical_standard []
)
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
declare
    standard lexical_standard := (select s from unnest(best_of_shards.standards) s
        where s.level = best_of_shards.level);
    recalled int := case when mode = 'pipeline' then greatest(wanted, setting_number('pipeline.recall')::int)
        else wanted end;
begin
    with found as materialized (
        select c.*, u.text_hash
        from unnest(answers) a,
             unnest(a.candidates, a.text_hashes) as u(chunk_id, version_id, lexical_score, lexical_z, lexical_rank,
                 vector_rank, vector_distance, is_named, text_hash),
             lateral (select u.chunk_id, u.version_id, u.lexical_score, u.lexical_rank, u.vector_rank,
                             u.vector_distance, u.is_named) c
    ), distinct_text as (
        -- Of one text the oldest chunk stands for all, unless they are of one shard, which has settled that.
        select f.* from found f
        where not exists (select from found o where o.text_hash = f.text_hash and o.chunk_id >> 40 < f.chunk_id >> 40)
    ), ranked as (
        select d.*,
               case when d.lexical_rank is not null then row_number() over (partition by d.lexical_rank is null
                   order by d.lexical_score desc, d.chunk_id) end as lexical_place,
               case when d.vector_rank is not null then row_number() over (partition by d.vector_rank is null
                   order by d.vector_distance, d.chunk_id) end as vector_place
        from distinct_text d
    ), chosen as materialized (
        select r.* from ranked r
        where case when mode = 'pipeline' then r.vector_place <= wanted
              else r.lexical_place <= recalled or r.vector_place <= wanted end or r.is_named
    )
    select array_agg(row(c.chunk_id, c.version_id, c.lexical_score,
               case when standard.terms is not null
                    then (coalesce(c.lexical_score, 0) - standard.mean) / standard.deviation end,
               case when c.lexical_place <= recalled then c.lexical_place end,
               case when c.vector_place <= wanted then c.vector_place end, c.vector_distance, c.is_named
               )::search_candidate),
           array(select row(s.level, s.chunks, s.terms, s.frequencies, s.mean, s.deviation,
                     case when s.level = best_of_shards.level then max(c.lexical_score) end)::lexical_standard
                 from unnest(best_of_shards.standards) s)
    into candidates, measured
    from chosen c;
    candidates := coalesce(candidates, '{}');
end
$$;
comment on function best_of_shards(shard_answers [], lexical_standard [], smallint, text, int) is
'The candidates of one search out of what the shards have found.';
