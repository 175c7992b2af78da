-- A type of its own, because impact() and ask() return the same rows.
create type answered_place as (
    rank int, intent text, repository text, path text, start_line int, end_line int, chunk_id bigint, role text,
    symbol text, text text, lines int [], reason text, confidence float8, query_id bigint
);
comment on type answered_place is
'A row of impact() and ask(): role is what the place is to what was asked about, lines are those that say so, reason '
'says it in words; confidence is null where it is not known, query_id where nothing was logged.';
