-- A type of its own, because a function's output columns can't share names with its arguments.
create type together_result as (
    repository text, path text, support int, confidence float8, score float8, last_together timestamptz
);
comment on type together_result is 'A row of changed_together().';
