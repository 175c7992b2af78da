-- Folds what writes appended to a repository's inverted index. Where it has drifted (the average length by 2 %, other
-- field weights, shared_idf counted anew) or a fifth of its rows is new, it is made anew from the chunks; else only
-- what changed is merged.
-- Waits for writers of the repository, and they for it; searches see the old index until it commits. Without force
-- only where it is worth it; force makes it anew.
create or replace function refresh_lexical_index(repository_id int, force boolean default false) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := refresh_lexical_index.repository_id;
    drifted boolean;
    scattered boolean;
    parts bigint;
    total bigint;
begin
    if wanted <> all(writable_repositories()) then
        return false;
    end if;
    perform lock_postings(wanted, alone => true);
    select bool_or(abs(n.average_length / nullif(s.total / nullif(s.chunks, 0), 0) - 1) > 0.02
                   or n.field_weights is distinct from field_weights()
                   or n.refreshed_at < coalesce(i.counted_at, '0001-01-01')),
           bool_or(s.parts > 32)
    into drifted, scattered
    from lexical_norm n
    join (select level, sum(chunk_count) as chunks, sum(total_length) as total, count(*) as parts
          from lexical_statistic where repository_id = wanted group by level) s on s.level = n.level
    left join (select level, max(counted_at) as counted_at from shared_idf group by level) i on i.level = n.level
    where n.repository_id = wanted;
    if coalesce(drifted, false) or force then
        perform rebuild_postings(wanted);
        return true;
    elsif not coalesce(scattered, false) then
        return false;
    end if;
    select count(*) filter (where p.part > 0), count(*) into parts, total from posting p where p.repository_id = wanted;
    if parts * 5 > total then
        perform rebuild_postings(wanted);
    else
        perform merge_postings(wanted);
    end if;
    return true;
end
$$;
comment on function refresh_lexical_index(int, boolean) is
'Folds what writes appended to a repository''s inverted index; makes it anew where it has drifted.';
revoke all on function refresh_lexical_index(int, boolean) from public;
