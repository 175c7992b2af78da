-- Views are made again after the tables, and some read columns that go.
do $$
declare
    names text := (select string_agg(format('codesearch.%I', c.relname), ', ')
                   from pg_class c where c.relnamespace = 'codesearch'::regnamespace and c.relkind = 'v');
begin
    if names is not null then
        execute 'drop view ' || names;
    end if;
end
$$;

-- An argument or a column is another now.
drop function if exists known_files(int);
drop function if exists log_query(text, int, text, text, text, text, text, int, hit [], timestamptz);
drop function if exists store_files(int, jsonb);
drop function if exists skip_files(int, jsonb);
drop function if exists forget_files(int, text []);
drop function if exists rename_files(int, text [], text []);
drop function if exists adopt_moved_files(int, text []);
drop function if exists keep_stored_texts(text []);
drop function if exists pending_texts(int, bigint []);
drop function if exists allowed_chunks(int [], jsonb);
drop function if exists named_chunks(text, int [], jsonb, int);
drop function if exists copied_chunks(bigint [], int []);
drop function if exists vector_candidates(int, halfvec, int, int [], boolean, bigint [], boolean, jsonb);
drop function if exists search_candidates(text, halfvec, int, text, int [], boolean, jsonb, int);
drop function if exists score_candidates(text, text, halfvec, int, text, int [], boolean, jsonb, int, jsonb);
drop function if exists passes_filters(smallint, text, text, text, text, jsonb);
drop function if exists fused_legs(text, int, text, halfvec, int);
drop function if exists snippet(text, int, int);
drop function if exists vector_distances(int, halfvec, bigint []);
drop function if exists rerank_hits(hit [], text, int [], smallint, jsonb);
drop function if exists check_search(text, int, text, halfvec, int);
drop function if exists search(text, int, text, text, text, text, text, text, jsonb, halfvec, float8, boolean);
drop function if exists explain(text, int, text, text, text, text, text, text, jsonb, halfvec, float8, boolean);
drop function if exists lexical_scores(text [], int [], smallint);
drop function if exists search_hits(text, int, text, text, text, text, text, int, jsonb, halfvec, float8);
drop trigger if exists source_file_delete on source_file;
drop function if exists source_file_delete();
