-- TRUNCATE source_file CASCADE empties chunk without a row's delete trigger: the inverted index and the texts are
-- emptied with it.
create or replace function chunk_truncate() returns trigger
language plpgsql
security definer
set search_path from current
as $$
declare
    model record;
begin
    truncate posting, lexical_statistic, lexical_norm;
    for model in select m.model_version_id from model_version m order by 1 loop
        execute format('truncate %s', embedding_table(model.model_version_id));
    end loop;
    -- chunk_text refers to it and is being truncated, so that it can't be.
    delete from stored_text;
    return null;
end
$$;
comment on function chunk_truncate() is 'Empties the inverted index and the texts with the chunks.';
revoke all on function chunk_truncate() from public;

create or replace trigger chunk_truncate
after truncate on chunk
for each statement execute function chunk_truncate();
