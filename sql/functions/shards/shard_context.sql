-- What a caller's context says of this database.
create or replace function shard_context(context jsonb, address text) returns setof caller_context
language plpgsql stable rows 1
set search_path from current
-- A file of the context is in one shard: that the others have none is nothing to tell.
set client_min_messages = warning
as $$
begin
    return next read_context(context, scope_of(address));
end
$$;
comment on function shard_context(jsonb, text) is 'What a caller''s context says of this database.';
