-- Which build of an index a recall was measured of: a rebuild mends what has sunk since, not what was so at once.
alter table vector_recall add column index_file oid;
comment on column vector_recall.index_file is 'The file of the index: another one after each build; null before.';
comment on column vector_recall.needs_reindex is
'The recall was below maintenance.min_recall and a rebuild may mend it: pgcodesearch maintain rebuilds the index.';
