-- In which encoding a file was read, and how large it was then: not always what its text in UTF-8 has.
alter table source_file
add column encoding text check (length(encoding) <= 100),
add column disk_bytes bigint;
comment on column source_file.encoding is 'The encoding that the file was read in; null for UTF-8.';
comment on column source_file.disk_bytes is 'Size of the file as it was read, null where it is size_bytes.';
comment on column source_file.modified_ns is
'When the file changed last on disk, in ns, to leave it unread next time; 0 where it had only just changed.';

alter table skipped_file drop constraint skipped_file_reason_check;
alter table skipped_file add constraint skipped_file_reason_check check (
    reason in (
        'binary', 'encoding', 'empty', 'generated', 'minified', 'vendored', 'too large', 'secret', 'unreadable',
            'symlink',
        'ignored', 'not a file', 'path', 'repository'
    )
);

-- Older rules took text for binary, handwritten code for generated and folders of sources for builds: the next run
-- looks again.
delete from skipped_file where reason in ('binary', 'encoding', 'generated', 'minified', 'vendored');
