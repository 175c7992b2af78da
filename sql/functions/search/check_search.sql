-- Refuses arguments of search that can't be meant, each with its mend.
create or replace function check_search(query text, k int, mode text, query_embedding halfvec, model_version_id int,
    per_file int default null) returns void
language plpgsql stable
set search_path from current
as $$
declare
    longest int := setting_number('query.max_length');
    most int := setting_number('search.max_results');
    expected int;
begin
    if query is null or query !~ '\S' then
        raise exception using errcode = 'CS001', message = 'the query is empty',
            hint = 'ask with words or a symbol, like ''where are redirects followed''';
    elsif length(query) > longest then
        raise exception using errcode = 'CS004',
            message = format('the query has %s characters, at most %s are searched', length(query), longest),
            hint = 'ask with the words that matter; to find code like a given piece use codesearch.find_similar';
    elsif k is null or k < 1 or k > most then
        raise exception using errcode = 'CS001',
            message = format('k is %s, not between 1 and %s', coalesce(k::text, 'NULL'), most),
            hint = 'k is the number of results; 10 is the default';
    elsif per_file < 1 then
        raise exception using errcode = 'CS001', message = format('per_file is %s, not 1 or more', per_file),
            hint = 'per_file is the most results of one file; 1 answers with files';
    elsif mode is null or mode <> all(search_modes()) then
        raise exception using errcode = 'CS001', message = format('mode %L is not known', mode),
            hint = 'modes: ' || array_to_string(search_modes(), ', ');
    elsif mode in ('pipeline', 'vector', 'exact') and query_embedding is null then
        raise exception using errcode = 'CS005', message = format('mode %L needs a query embedding', mode),
            hint = 'pass query_embedding, or search with mode => ''lexical''';
    end if;
    if query_embedding is not null and mode <> 'lexical' then
        select m.dimension into expected from model_version m where m.model_version_id = check_search.model_version_id;
        if expected is null then
            raise exception using errcode = 'CS002',
                message = 'there is no model version to compare the query embedding with',
                hint = 'register one with: pgcodesearch init';
        elsif vector_dims(query_embedding) <> expected then
            raise exception using errcode = 'CS003',
                message = format('the query embedding has %s dimensions, the model version has %s',
                    vector_dims(query_embedding), expected),
                hint = 'embed the query with the same model: '
                    'select name from codesearch.model_version where status = ''active''';
        elsif vector_norm(query_embedding::vector) = 0 then
            raise exception using errcode = 'CS003', message = 'the query embedding is zero',
                hint = 'a zero vector has no direction and is near to nothing';
        end if;
    end if;
end
$$;
comment on function check_search(text, int, text, halfvec, int, int) is
'Refuses arguments of search that can''t be meant, each with its mend.';
