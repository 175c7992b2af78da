-- The embedding of a query by the model itself, in the server. Defined by the owner, because a model's files are not
-- for everybody; the function that it calls is there where `pgcodesearch init` found plpython3u
-- (plpython/embed_in_server.sql).
create or replace function embed_by_model(query text, model_version_id int) returns halfvec
language plpgsql stable security definer
set search_path from current
as $$
declare
    embedding real [];
begin
    execute 'select codesearch.embed_in_server($1, $2)' into embedding using query, model_version_id;
    return embedding::halfvec;
end
$$;
comment on function embed_by_model(text, int) is 'The embedding of a query by the model itself, in the server.';
revoke all on function embed_by_model(text, int) from public;
