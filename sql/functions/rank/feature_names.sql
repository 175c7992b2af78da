-- The features of a candidate, in the order in which candidate_features computes them.
create or replace function feature_names() returns text []
language sql immutable parallel safe
as $$
    select '{
        is_current, is_recent, same_folder, named_alike, test_of, test_too, imports, called, calls, like_seen,
        task_lexical, task_vector, recent_lexical,
        lexical, lexical_log, lexical_share, lexical_reciprocal, vector, window, vector_reciprocal,
        file_lexical, file_lexical_log, file_vector, file_share, file_best,
        is_name, is_name_typed, has_name, has_name_typed, has_qualified_name, calls_name, name_words, name_covered,
        path_words, file_words, file_covered, is_file_name, phrase, callee, caller,
        coverage, heading, file_coverage,
        test, example, generated, vendored, legacy, docs, entry,
        class, block, method, language, line_count, part, extension, declaration, main_definition, known
    }'::text []
$$;
comment on function feature_names() is
'The features of a candidate, in the order in which candidate_features computes them.';
