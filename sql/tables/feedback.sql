-- What users did with what a search showed them. It names the chunk by id and by content, without a foreign key: it
-- outlives re-indexing, renames and deletion of the chunk.
create table query_feedback (
    feedback_id bigint generated always as identity primary key,
    query_id bigint not null references query_log on delete cascade,
    given_at timestamptz not null default clock_timestamp(),
    signal text not null check (signal in ('click', 'dwell', 'copy', 'accept', 'reject', 'edit', 'abandon')),
    value float8,
    chunk_id bigint,
    rank int,
    content_hash uuid,
    check (signal = 'abandon' or (chunk_id is not null and rank is not null and content_hash is not null)),
    check (signal <> 'dwell' or value >= 0)
);
comment on table query_feedback is 'What a user did with a result (or, abandon, with none); record_feedback writes it.';
comment on column query_feedback.value is 'Seconds for dwell; for other signals whatever the caller counts.';
comment on column query_feedback.rank is 'Where the search showed the chunk, for the position bias.';
create index query_feedback_query on query_feedback (query_id);

create table feedback_text (
    content_hash uuid primary key,
    text text not null,
    terms text [] not null,
    kept_at timestamptz not null default clock_timestamp()
);
comment on table feedback_text is
'The texts of what was shown by searches that have feedback, as they are embedded: training reads them when the chunks are gone.';
comment on column feedback_text.terms is 'Distinct stems of the chunk, to tell near-duplicates.';
