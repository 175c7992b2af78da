-- About how many tokens the files of some chunks have as a whole, by their size and a sample of their code.
create or replace function file_tokens(chunk_ids bigint [], scope search_scope, sample text) returns int
language sql stable
set search_path from current
as $$
    select coalesce(sum(s.size_bytes) * token_count(sample) / greatest(octet_length(sample), 1), 0)::int
    from (select (select f.size_bytes from source_file f
                  where f.version_id = v.version_id and f.branch_id = any(scope.branches) limit 1) as size_bytes
          from (select distinct c.version_id from chunk c where c.chunk_id = any(chunk_ids)) v) s
$$;
comment on function file_tokens(bigint [], search_scope, text) is
'About how many tokens the files of some chunks have as a whole.';
