-- What a search that a coordinator asks of this database is over here, measured by the statistics of all shards.
create or replace function shard_scope(address text, standards lexical_standard []) returns search_scope
language plpgsql stable
set search_path from current
as $$
declare
    scope search_scope := scope_of(address);
begin
    scope.standards := shard_scope.standards;
    return scope;
end
$$;
comment on function shard_scope(text, lexical_standard []) is
'What a search that a coordinator asks of this database is over here.';
