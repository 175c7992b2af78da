-- The embedding of a query by the active model, or a named one, computed in the server. It needs PL/Python there and
-- the function that `pgcodesearch init` installs then (plpython/embed_in_server.sql). A model behind an endpoint is
-- asked by clients only: a backend that waited for the network would hold its snapshot, and its locks, as long.
create or replace function embed_query(query text, model text default null) returns halfvec
language plpgsql volatile
set search_path from current
as $$
declare
    model_id int := resolve_model(model);
    embedding real [];
begin
    if query is null or query !~ '\S' then
        raise exception using errcode = 'CS001', message = 'the query is empty', hint = 'there is nothing to embed';
    elsif model_id is null then
        raise exception using errcode = 'CS002', message = 'no model version is active',
            hint = 'register the one that ships with: pgcodesearch init';
    elsif (select m.configuration ? 'endpoint' from model_version m where m.model_version_id = model_id) then
        raise exception using errcode = 'CS005',
            message = 'the model is behind an endpoint, which no backend waits for',
            hint = 'pass query_embedding (pgcodesearch search and the Python client do), '
                'or search with mode => ''lexical''';
    elsif to_regprocedure('codesearch.embed_in_server(text,integer)') is null then
        raise exception using errcode = 'CS005', message = 'this server can''t embed queries itself',
            hint = 'pass query_embedding (pgcodesearch search does), search with mode => ''lexical'', or, '
                'as superuser where the server'
                || ' has plpython3u and the package: create extension plpython3u; then run: pgcodesearch init';
    end if;
    execute 'select codesearch.embed_in_server($1, $2)' into embedding using query, model_id;
    return embedding::halfvec;
end
$$;
comment on function embed_query(text, text) is
'The embedding of a query by the active or a named model, computed in the server.';
