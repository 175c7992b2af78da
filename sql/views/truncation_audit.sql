-- What the active model did not see, and where: windows of the same chunk may hold what was cut (covered).
create or replace view truncation_audit with (security_invoker = true) as
select r.name as repository, f.path, c.start_line, c.end_line, c.kind, c.symbol, x.unit, x.token_count, x.kept_tokens,
    x.covered
from truncated_texts((select model_version_id from model_version where status = 'active')) x
join chunk c on c.chunk_id = x.chunk_id
join file_version f on f.version_id = c.version_id
join repository r on r.repository_id = c.repository_id;
comment on view truncation_audit is
'Texts that the active model cut, and whether windows of the same chunk hold what was cut.';
