-- The mean vector of some files as wholes; null where they have none yet.
create or replace function seen_vector(versions bigint [], model_version_id int) returns halfvec
language plpgsql stable
set search_path from current
as $$
declare
    centre halfvec;
begin
    if model_version_id is null then
        return null;
    end if;
    execute format(
        'select avg(e.embedding) from codesearch.chunk c
         join codesearch.chunk_text t on t.chunk_id = c.chunk_id and t.unit = 0
         join %s e on e.text_hash = t.text_hash
         where c.version_id = any($1) and c.level = 1', vector_source(model_version_id))
    into centre using versions;
    return centre;
end
$$;
comment on function seen_vector(bigint [], int) is 'The mean vector of some files as wholes.';
