-- The embedding of a query for a search that was given none, by what, and the settings that go with it. A search goes
-- on by words alone where there is none, and says why.
create or replace function encode_query(query text, model_version_id int) returns query_encoding
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
declare
    found_encoder record;
    encoding query_encoding;
begin
    if query is null or query !~ '\S' or length(query) > setting_number('query.max_length') then
        return null;
    end if;
    select * into found_encoder from query_encoder(encode_query.model_version_id);
    encoding.encoder := found_encoder.encoder;
    case encoding.encoder
        when 'table' then
            encoding.embedding := embed_by_table(query, encode_query.model_version_id);
            encoding.settings := (select q.settings from query_table q
                where q.model_version_id = encode_query.model_version_id);
        when 'model' then
            begin
                encoding.embedding := embed_by_model(query, encode_query.model_version_id);
            exception when others then
                raise warning using message = format('the query was not embedded: %s', sqlerrm),
                    hint = 'the answer is by words alone; see the server''s log, or pass query_embedding';
                return null;
            end;
        else
            raise notice using message = format('answered by words alone: %s', found_encoder.reason),
                hint = 'pgcodesearch models query-table NAME makes one; pgcodesearch doctor says more';
    end case;
    return encoding;
end
$$;
comment on function encode_query(text, int) is
'The embedding of a query for a search that was given none, by what, and the settings that go with it.';
