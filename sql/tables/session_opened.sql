-- What a session opened after a search that did not lead there by itself: what the search was looking for.
-- record_opened and record_feedback write it. Named by content, without a foreign key to chunk, as feedback is.
create table session_opened (
    query_id bigint not null references query_log on delete cascade,
    content_hash uuid not null,
    repository_id int not null,
    chunk_id bigint not null,
    rank int,
    opened_at timestamptz not null default clock_timestamp(),
    primary key (query_id, content_hash)
);
comment on table session_opened is
'What a session opened later that an earlier search of it was looking for: a positive of its own weight.';
comment on column session_opened.rank is 'Where that search had shown it; null where it had not.';
create index session_opened_content on session_opened (content_hash);
