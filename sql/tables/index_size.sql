-- How large the index was, as a series: maintenance measures it, the weekly report says how it grew.
create table index_size (
    measured_at timestamptz primary key default clock_timestamp(),
    files bigint not null,
    chunks bigint not null,
    bytes bigint not null
);
comment on table index_size is 'How large the index was at each maintenance: files and chunks, bytes on disk.';
