-- A type of its own, because each part of impact() gives such rows.
create type impact_evidence as (
    version_id bigint, chunk_id bigint, role text, weight float8, lines int [], reason text
);
comment on type impact_evidence is
'Why a place may have to change: weight, 0 to 1, is how much that says. Without a chunk_id it is said of the file.';
