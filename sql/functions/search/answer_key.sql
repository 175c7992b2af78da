-- What the answer of a search depends on beside the index, as one hash: arguments, repositories, model version,
-- embedding, or the query table that gives it, and settings. The server's start is part of it: a restored dump has
-- transaction numbers of another server.
create or replace function answer_key(
    query text, k int, scope search_scope, row_security boolean, path text, language text, kind text, mode text,
        model_id int,
    context jsonb, query_embedding halfvec, min_score float8, per_file int,
    min_confidence float8
)
returns uuid
language sql stable
set search_path from current
as $$
    select md5(row(query, k, scope, row_security, path, language, kind, mode, model_id,
        -- Whose session it is changes no answer.
        case when jsonb_typeof(context) = 'object' then nullif(context - 'session', '{}') else context end,
        md5(halfvec_send(query_embedding)), min_score, per_file, min_confidence,
                   (select array_agg(r.ranker_id order by r.ranker_id) from ranker r where r.status = 'active'),
                   (select string_agg(s.name || s.value, ',' order by s.name) from setting s),
                   (select m.settings from model_version m where m.model_version_id = model_id),
                   (select row(q.fitted_at, q.accepted, q.settings) from query_table q
                    where q.model_version_id = model_id), pg_postmaster_start_time())::text)::uuid
$$;
comment on function answer_key(text, int, search_scope, boolean, text, text, text, text, int, jsonb, halfvec, float8,
    int, float8) is
'What the answer of a search depends on beside the index, as one hash.';
