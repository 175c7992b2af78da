-- The embedding of a query by the active model, or a named one: by look-up in its query table, or by the model itself
-- in the server where PL/Python is (setting query.encoder). A model behind an endpoint is asked by clients only: a
-- backend that waited for the network would hold its snapshot, and its locks, as long.
create or replace function embed_query(query text, model text default null) returns halfvec
language plpgsql stable
set search_path from current
as $$
declare
    model_id int := resolve_model(model);
    found_encoder record;
begin
    if query is null or query !~ '\S' then
        raise exception using errcode = 'CS001', message = 'the query is empty', hint = 'there is nothing to embed';
    elsif model_id is null then
        raise exception using errcode = 'CS002', message = 'no model version is active',
            hint = 'register the one that ships with: pgcodesearch init';
    end if;
    select * into found_encoder from query_encoder(model_id);
    if found_encoder.encoder is null then
        raise exception using errcode = 'CS005',
            message = format('this server can''t embed queries: %s', found_encoder.reason),
            hint = 'make one with: pgcodesearch models query-table NAME; or pass query_embedding '
                '(the Python client does), or search with mode => ''lexical''';
    end if;
    return case found_encoder.encoder when 'table' then embed_by_table(query, model_id)
        else embed_by_model(query, model_id) end;
end
$$;
comment on function embed_query(text, text) is
'The embedding of a query by the active or a named model, computed in the server.';
