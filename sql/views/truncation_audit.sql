-- What a model version did not see: texts longer than its window. covered says whether windows of the same chunk hold
-- all of it, so that nothing is lost to the vector leg.
create or replace function truncated_texts(model_version_id int)
returns table (chunk_id bigint, unit smallint, token_count int, kept_tokens int, covered boolean)
language plpgsql stable
set search_path from current
as $$
begin
    if model_version_id is null then
        return;
    end if;
    return query execute format(
        'select t.chunk_id, t.unit, e.token_count, e.kept_tokens,
                t.unit <= 0 and (select count(*) > 0 and bool_and(w.kept_tokens >= w.token_count)
                                 from codesearch.chunk_text o join %1$s w on w.text_hash = o.text_hash
                                 where o.chunk_id = t.chunk_id and o.unit > 0)
         from %1$s e join codesearch.chunk_text t on t.text_hash = e.text_hash
         where e.kept_tokens < e.token_count', embedding_table(model_version_id));
end
$$;
comment on function truncated_texts(int) is 'Texts longer than a model version''s window.';

create or replace view truncation_audit with (security_invoker = true) as
select r.name as repository, f.path, c.start_line, c.end_line, c.kind, c.symbol, x.unit, x.token_count, x.kept_tokens,
    x.covered
from truncated_texts((select model_version_id from model_version where status = 'active')) x
join chunk c on c.chunk_id = x.chunk_id
join file_version f on f.version_id = c.version_id
join repository r on r.repository_id = c.repository_id;
comment on view truncation_audit is
'Texts that the active model cut, and whether windows of the same chunk hold what was cut.';

create or replace view chunk_size_histogram with (security_invoker = true) as
select r.name as repository, c.kind, width_bucket(length(regexp_replace(c.content, '\s', '', 'g')),
    array[100, 250, 500, 1000, 2000, 4000, 8000]) as bucket,
       (array['0-99', '100-249', '250-499', '500-999', '1000-1999', '2000-3999', '4000-7999', '8000-'])[
           width_bucket(length(regexp_replace(c.content, '\s', '', 'g')), array[100, 250, 500, 1000, 2000, 4000, 8000])
               + 1] as characters,
       count(*) as chunks
from chunk c join repository r on r.repository_id = c.repository_id
group by 1, 2, 3, 4;
comment on view chunk_size_histogram is
'How many chunks there are of each size, in characters that are not white space.';
