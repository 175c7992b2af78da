-- TRUNCATE source_file CASCADE empties chunk without a row's delete trigger: the inverted index is emptied with it.
create or replace function chunk_truncate() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    truncate posting, lexical_statistic, lexical_norm;
    return null;
end
$$;
comment on function chunk_truncate() is 'Empties the inverted index with the chunks.';
revoke all on function chunk_truncate() from public;

create or replace trigger chunk_truncate
after truncate on chunk
for each statement execute function chunk_truncate();
