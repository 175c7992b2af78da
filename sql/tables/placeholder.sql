create table codesearch.placeholder (placeholder_id bigint generated always as identity primary key, note text not null);
