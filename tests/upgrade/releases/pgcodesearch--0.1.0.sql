-- complain if this file is sourced in psql
\echo Use "CREATE EXTENSION pgcodesearch" to load this file. \quit

-- tables/dictionary.sql
-- The dictionary behind tokenize: Snowball's English stemmer without its stop words, which are code words too
-- (not, all, before, off). Words no query needs are left out of queries instead: setting query.stop_words.
create text search dictionary code_stem (template = snowball, language = english);
comment on text search dictionary code_stem is 'English stemmer without stop words.';

create text search configuration code (parser = pg_catalog."default");
comment on text search configuration code is 'Stems the words that split_identifiers made; every other token stays as it is.';
alter text search configuration code add mapping for asciiword, word, numword,
hword, asciihword, numhword, hword_part, hword_asciipart, hword_numpart with code_stem;
alter text search configuration code add mapping for int, uint, float, sfloat, version, host, file, email, url,
url_path with simple;

-- tables/source.sql
-- What is indexed: repositories and their files. Large tables carry repository_id in their key, so that they can
-- be partitioned or distributed without touching the functions.
create table repository (
    repository_id int generated always as identity primary key,
    name text not null unique check (name <> '' and length(name) <= 400),
    root text,
    indexed_commit text,
    indexed_at timestamptz,
    last_error text,
    created_at timestamptz not null default now()
);
comment on table repository is 'One indexed tree of files.';
comment on column repository.indexed_commit is 'The git commit of the last complete index run, null outside git.';

create table source_file (
    file_id bigint generated always as identity,
    repository_id int not null references repository on delete cascade,
    path text collate "C" not null check (path <> ''),
    content text not null,
    content_hash bytea not null,
    size_bytes int not null,
    modified_ns bigint,
    language text,
    parser text,
    has_errors boolean not null default false,
    path_flags text [] not null default '{}',
    path_stems text [] not null default '{}',
    indexed_hash bytea,
    indexed_at timestamptz,
    primary key (file_id, repository_id),
    unique (repository_id, path)
);
comment on table source_file is 'The text of each indexed file; any change to a row is queued for indexing by a trigger.';
comment on column source_file.content_hash is 'sha256 of the content in UTF-8, set by a trigger.';
comment on column source_file.modified_ns is 'File modification time in nanoseconds where the file was read, to skip unread files.';
comment on column source_file.path_flags is 'What the path says of the file: test, example, generated, vendored, legacy, docs, entry.';
comment on column source_file.indexed_hash is 'content_hash of the content whose chunks are stored; differs while the file is pending.';

create table skipped_file (
    repository_id int not null references repository on delete cascade,
    path text collate "C" not null,
    reason text not null check (
        reason in (
            'binary', 'encoding', 'empty', 'generated', 'minified', 'vendored', 'too large', 'secret', 'unreadable',
            'symlink', 'ignored', 'not a file', 'path'
        )
    ),
    detail text,
    size_bytes bigint,
    modified_ns bigint,
    seen_at timestamptz not null default now(),
    primary key (repository_id, path)
);
comment on table skipped_file is 'Files that were seen and not indexed, with the reason; their content is in no table.';

-- tables/chunk.sql
-- Chunks, the exact texts that are embedded for them, and the calls found in them.
create sequence chunk_slot_seq as bigint;
comment on sequence chunk_slot_seq is 'Places of chunks in the posting blocks; see posting.';

create table chunk (
    chunk_id bigint generated always as identity,
    repository_id int not null,
    file_id bigint not null,
    level smallint not null check (level in (0, 1)),
    kind text not null check (kind in ('function', 'method', 'class', 'module', 'block')),
    name text collate "C" not null,
    name_key text collate "C" generated always as (lower(name)) stored,
    symbol text collate "C" not null,
    scope text not null,
    signature text not null,
    doc text not null,
    start_line int not null,
    end_line int not null check (end_line >= start_line and start_line >= 1),
    content text not null,
    content_hash uuid not null,
    imports text [] not null default '{}',
    name_stems text [] not null default '{}',
    slot bigint not null,
    lexemes tsvector not null,
    lexical_length real not null,
    primary key (chunk_id, repository_id),
    foreign key (file_id, repository_id) references source_file (file_id, repository_id) on delete cascade
);
comment on table chunk is 'The unit of retrieval. Level 0 partitions a file into functions, classes and blocks; level 1 is the file as a whole.';
comment on column chunk.content is 'Source of the lines; members that are chunks of their own are elided to their signature.';
comment on column chunk.slot is 'Place in the posting blocks: block slot / 8192, dimension slot % 8192 + 1.';
comment on column chunk.lexical_length is 'Weighted token count, the document length of BM25.';
create index chunk_file on chunk (file_id);
create unique index chunk_slot on chunk (slot, repository_id);
-- A column, because lower(name) = ... is no leakproof condition: under row-level security it could not use the index.
create index chunk_name on chunk (repository_id, name_key) where level = 0 and name <> '';

create table chunk_text (
    chunk_id bigint not null,
    unit smallint not null,
    repository_id int not null,
    role text not null check (role in ('whole', 'window', 'summary')),
    start_line int not null,
    end_line int not null,
    text_hash uuid not null,
    text text not null,
    primary key (chunk_id, unit, repository_id),
    foreign key (chunk_id, repository_id) references chunk (chunk_id, repository_id) on delete cascade
);
comment on table chunk_text is 'The exact text that is embedded: one for the whole chunk, one for each window of a long one, one of its names and comments.';

create table chunk_call (
    chunk_id bigint not null,
    repository_id int not null,
    name text collate "C" not null,
    primary key (chunk_id, name, repository_id),
    foreign key (chunk_id, repository_id) references chunk (chunk_id, repository_id) on delete cascade
);
comment on table chunk_call is 'Names called or constructed in a chunk; the edges of the call graph, resolved by name when asked.';
create index chunk_call_name on chunk_call (repository_id, name);

-- tables/lexical.sql
-- The inverted index: BM25 impacts in blocks of 8,192 chunks, append-only. A row is one write's postings of a term in a
-- block; a deleted chunk's postings are appended once more with the sign turned, so that sums are right at any
-- moment and no row is ever updated by two writers. refresh_lexical_index folds the parts.
create sequence posting_part_seq as bigint;

create table posting (
    repository_id int not null references repository on delete cascade,
    level smallint not null,
    term text collate "C" not null,
    block int not null,
    part bigint not null,
    chunk_count int not null,
    weight real not null,
    impacts sparsevec(8192) not null,
    primary key (repository_id, level, term, block, part)
);
comment on table posting is 'Inverted index: for a term and a block of slots, tf / (tf + k1 (1 - b + b length / average)) of each chunk.';
comment on column posting.chunk_count is 'Chunks added less chunks removed; the sum over blocks and parts is the document frequency.';
comment on column posting.weight is 'The idf already multiplied into impacts; 1 in appended parts, the idf of that moment after a refresh.';
-- Compressed vectors would be inflated for every query.
alter table posting alter column impacts set storage external;

create table lexical_statistic (
    repository_id int not null references repository on delete cascade,
    level smallint not null,
    part bigint not null,
    chunk_count int not null,
    total_length float8 not null,
    primary key (repository_id, level, part)
);
comment on table lexical_statistic is 'Chunks and summed length added by each write; the sums are N and the average length of BM25.';

create table lexical_norm (
    repository_id int not null references repository on delete cascade,
    level smallint not null,
    average_length float8 not null,
    field_weights real [] not null,
    refreshed_at timestamptz not null default now(),
    primary key (repository_id, level)
);
comment on table lexical_norm is 'The average length and field weights that the impacts were computed with, until the next refresh.';

create type posting_change as (
    repository_id int,
    level smallint,
    slot bigint,
    lexemes tsvector,
    lexical_length real,
    sign int
);
comment on type posting_change is 'One chunk that enters (sign 1) or leaves (sign -1) the inverted index.';

-- tables/model.sql
-- Model versions with their artefact. Each version's embeddings are in a table of its own, embedding_<id>, typed with its
-- dimension: one HNSW index never holds vectors of two models, and a literal table name lets the planner use it.
create table model_version (
    model_version_id int generated always as identity primary key,
    name text not null unique check (name <> ''),
    status text not null default 'candidate' check (status in ('candidate', 'active', 'retired', 'refused')),
    dimension int not null check (dimension between 1 and 4000),
    max_tokens int not null,
    configuration jsonb not null default '{}',
    settings jsonb not null default '{}',
    parent_id int references model_version,
    metrics jsonb not null default '{}',
    created_at timestamptz not null default now(),
    activated_at timestamptz
);
comment on table model_version is 'Immutable weights, tokenizer and dimension, by name; one is active.';
comment on column model_version.settings is 'Search settings that were tuned for this model; they override those of setting.';
create unique index model_version_active on model_version (status) where status = 'active';

create table model_artefact (
    model_version_id int not null references model_version on delete cascade,
    file text not null,
    content bytea not null,
    sha256 bytea not null,
    primary key (model_version_id, file)
);
comment on table model_artefact is 'The files of a model version (ONNX graph, tokenizer, configuration): a backup of the database has its models.';
-- ONNX weights don't compress, and reading them whole is the only access.
alter table model_artefact alter column content set storage external;

create table model_activation (
    activation_id bigint generated always as identity primary key,
    model_version_id int not null references model_version on delete cascade,
    previous_id int references model_version on delete set null,
    activated_at timestamptz not null default now(),
    reason text,
    rolled_back_at timestamptz
);
comment on table model_activation is 'Every switch of the active model, newest last; rollback_model undoes the newest that is not undone yet.';

-- tables/job.sql
-- Work that is owed: a file to be chunked, or its texts to be embedded by one model version.
create table index_job (
    job_id bigint generated always as identity primary key,
    repository_id int not null,
    file_id bigint not null,
    stage text not null check (stage in ('chunk', 'embed')),
    model_version_id int references model_version on delete cascade,
    state text not null default 'queued' check (state in ('queued', 'running', 'failed')),
    generation int not null default 1,
    attempts int not null default 0,
    run_after timestamptz not null default now(),
    lease_until timestamptz,
    worker text,
    last_error text,
    created_at timestamptz not null default now(),
    unique nulls not distinct (file_id, stage, model_version_id),
    foreign key (file_id, repository_id) references source_file (file_id, repository_id) on delete cascade,
    check ((stage = 'embed') = (model_version_id is not null))
);
comment on table index_job is 'The queue: at most one job for a file and stage. failed is the dead-letter state; retry_failed_jobs queues it again.';
comment on column index_job.generation is 'Grows when the file changes while its job runs; the job is then not done when the worker is.';
create index index_job_claim on index_job (stage desc, run_after) where state = 'queued';
create index index_job_lease on index_job (lease_until) where state = 'running';

-- tables/query.sql
-- What was asked, what was shown, and what was used. No foreign key to chunk: history outlives the chunks it names.
create table query_log (
    query_id bigint generated always as identity primary key,
    asked_at timestamptz not null default now(),
    asked_by name not null default session_user,
    query text,
    query_hash uuid not null,
    query_class text,
    mode text not null,
    model_version_id int,
    filters jsonb,
    k int not null,
    result_count int not null,
    top_score float8,
    latency_ms real not null
);
comment on table query_log is 'One row a search; query is null where the text is kept as a hash only.';
create index query_log_asked_at on query_log using brin (asked_at);

create table query_results (
    query_id bigint not null references query_log on delete cascade,
    rank int not null,
    chunk_id bigint not null,
    repository_id int not null,
    content_hash uuid not null,
    score float8 not null,
    lexical_rank int,
    vector_rank int,
    primary key (query_id, rank)
);
comment on table query_results is 'What a search showed, at which rank and score.';

create table setting (
    name text primary key,
    value jsonb not null,
    changed_at timestamptz not null default now()
);
comment on table setting is 'Settings that differ from default_settings(), by name; they take effect at the next call. See the view settings.';

-- tables/hit.sql
-- A result after fusion.
create type hit as (
    rank int,
    chunk_id bigint,
    repository_id int,
    content_hash uuid,
    score float8,
    lexical_rank int,
    vector_rank int,
    focus_line int,
    features jsonb
);
comment on type hit is 'A result after fusion, with the share of every signal in its score.';

-- The rows of search and explain: types of their own, because a function's output columns can't share names with its
-- arguments (repository, path, kind).
create type search_result as (
    rank int, chunk_id bigint, repository text, path text, start_line int, end_line int, kind text, symbol text, score float8,
    lexical_rank int, vector_rank int, snippet text, query_id bigint
);
comment on type search_result is 'A row of search().';

create type search_explanation as (
    rank int, chunk_id bigint, path text, start_line int, symbol text, score float8, query_class text, matched_terms text [],
    missing_terms text [], lexical_rank int, vector_rank int, shares jsonb, measures jsonb, highlighted text
);
comment on type search_explanation is 'A row of explain().';

-- tables/evaluation.sql
-- Judged queries and what search answered to them. Repositories stand here by name, without a foreign key: queries
-- can be judged before the repository is indexed, and a run stays readable after it is gone.
create table judged_query (
    query_set text not null check (query_set <> ''),
    query_key text not null check (query_key <> ''),
    repository text,
    language text,
    category text,
    query text not null,
    imported_at timestamptz not null default now(),
    primary key (query_set, query_key)
);
comment on table judged_query is 'A query somebody judged; one without a judgment of grade 2 or 3 should find nothing.';
comment on column judged_query.query_key is 'The id of the query in the file it came from.';
comment on column judged_query.repository is 'Name of the repository that is searched; null searches all.';

create table judgment (
    query_set text not null,
    query_key text not null,
    path text not null check (path <> ''),
    symbol text,
    start_line int not null check (start_line >= 1),
    end_line int not null check (end_line >= start_line),
    grade smallint not null check (grade in (0, 2, 3)),
    primary key (query_set, query_key, path, start_line, end_line),
    foreign key (query_set, query_key) references judged_query on delete cascade
);
comment on table judgment is 'An explicit label of one place in a file: 3 answers the query, 2 is part of the answer, 0 does not belong.';

create table evaluation_run (
    run_id bigint generated always as identity primary key,
    query_set text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    model text,
    mode text not null,
    k int not null,
    settings jsonb not null,
    metrics jsonb,
    note text
);
comment on table evaluation_run is 'One pass of a set of judged queries through codesearch.search.';
comment on column evaluation_run.settings is 'The settings in force during the run, by name.';
comment on column evaluation_run.metrics is 'Means over all queries and by category, language and repository; null until the run is complete.';

create table evaluation_result (
    run_id bigint not null references evaluation_run on delete cascade,
    query_key text not null,
    repository text,
    language text,
    category text,
    first_rank int,
    metrics jsonb not null,
    results jsonb not null,
    latency_ms real not null,
    primary key (run_id, query_key)
);
comment on table evaluation_result is 'One query of a run: what was returned, and how good it was.';
comment on column evaluation_result.first_rank is 'Rank of the first result that matches a judgment, null if none does.';
comment on column evaluation_result.metrics is 'Metrics of the query; an empty object where nothing should be found.';

-- tables/access.sql
-- Who may see which repository once row-level security is enabled (enable_row_level_security). Roles stand here by name:
-- numbers would not survive a dump.
create table repository_access (
    repository_id int references repository on delete cascade,
    role_name name not null,
    granted_at timestamptz not null default now(),
    unique nulls not distinct (role_name, repository_id)
);
comment on table repository_access is 'Which roles may see which repositories under row-level security.';
comment on column repository_access.repository_id is 'Null grants every repository, future ones too: for workers.';

create table row_level_security (
    enabled_at timestamptz not null default now()
);
comment on table row_level_security is 'Has a row while row-level security is enabled; enable_row_level_security writes it.';

-- tables/maintenance.sql
-- What maintenance did, and how well the vector indexes still find.
create table maintenance_log (
    maintenance_log_id bigint generated always as identity primary key,
    started_at timestamptz not null,
    step text not null,
    ok boolean not null,
    outcome text not null,
    duration_ms real not null
);
comment on table maintenance_log is 'Every step of every run of run_maintenance.';
create index maintenance_log_started_at on maintenance_log (started_at);

create table vector_recall (
    measured_at timestamptz not null default clock_timestamp(),
    model_version_id int not null references model_version on delete cascade,
    k int not null,
    sample_count int not null,
    sampled_from text not null check (sampled_from in ('queries', 'chunks')),
    ef_search int not null,
    recall float8 not null check (recall between 0 and 1),
    needs_reindex boolean not null,
    primary key (model_version_id, measured_at)
);
comment on table vector_recall is 'Recall of each vector index against exact search, as a series.';
comment on column vector_recall.needs_reindex is 'The recall was below maintenance.min_recall: pgcodesearch maintain rebuilds the index.';

-- tables/query_embedding.sql
-- Embeddings of queries that were asked before. Only query_embedding_for reads and writes here. The text is not kept.
create table query_embedding_cache (
    model_version_id int not null references model_version on delete cascade,
    query_hash uuid not null,
    embedding halfvec not null,
    hits bigint not null default 0,
    created_at timestamptz not null default now(),
    used_at timestamptz not null default now(),
    primary key (model_version_id, query_hash)
);
comment on table query_embedding_cache is 'Embeddings of queries that were asked before, by hash of the query; a miss made each row.';

create table query_embedding_count (
    model_version_id int primary key references model_version on delete cascade,
    hits bigint not null,
    misses bigint not null
);
comment on table query_embedding_count is 'Hits and misses of cache rows that were removed since; the view query_embedding_cache_status adds both.';

-- tables/feedback.sql
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

-- tables/comparison.sql
-- Two model versions on the same judged queries, and what the gate made of it. Models stand here by name: a comparison
-- stays readable after one is dropped.
create table model_comparison (
    comparison_id bigint generated always as identity primary key,
    compared_at timestamptz not null default now(),
    query_set text not null,
    baseline text not null,
    candidate text not null,
    baseline_run_id bigint references evaluation_run on delete set null,
    candidate_run_id bigint references evaluation_run on delete set null,
    metric text not null,
    differences jsonb not null,
    verdict text check (verdict in ('promote', 'refuse')),
    reason text,
    check ((verdict is null) = (reason is null))
);
comment on table model_comparison is 'Two model versions on the same judged queries: paired differences with intervals, and the gate''s verdict.';
comment on column model_comparison.differences is 'Candidate minus baseline, over all queries and by category: mean, low, high (95 % bootstrap), queries, wins, losses.';
comment on column model_comparison.verdict is 'Null where the two were only compared.';

create table alembic_version (version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num));
insert into alembic_version values ('0001');

-- functions/index/adopt_moved_files.sql
-- A file that is gone and a new one with the same content are one file that moved: the old row takes the new path, so that
-- its chunks keep their ids and feedback. Only where no worker was quicker. Returns how many moved.
create or replace function adopt_moved_files(repository_id int, gone text []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    old_ids bigint [];
    new_ids bigint [];
begin
    with old_file as (
        select f.file_id, f.content_hash, row_number() over (partition by f.content_hash order by f.path) as place
        from source_file f where f.repository_id = adopt_moved_files.repository_id and f.path = any(gone)),
    new_file as (
        select f.file_id, f.content_hash, row_number() over (partition by f.content_hash order by f.path) as place
        from source_file f
        where f.repository_id = adopt_moved_files.repository_id and f.indexed_hash is null and f.path <> all(gone)
          and f.content_hash in (select o.content_hash from old_file o)
          and not exists (select from chunk c where c.file_id = f.file_id))
    select array_agg(o.file_id order by o.file_id), array_agg(n.file_id order by o.file_id) into old_ids, new_ids
    from old_file o join new_file n on n.content_hash = o.content_hash and n.place = o.place;
    if old_ids is null then
        return 0;
    end if;
    create temporary table if not exists moved_file (file_id bigint, path text collate "C", modified_ns bigint) on commit drop;
    truncate pg_temp.moved_file;
    with dropped as (
        delete from source_file f
        where f.file_id in (select x.file_id from source_file x where x.file_id = any(new_ids) for update skip locked)
        returning f.file_id, f.path, f.modified_ns)
    insert into pg_temp.moved_file
    select p.old_id, d.path, d.modified_ns
    from unnest(old_ids, new_ids) as p(old_id, new_id) join dropped d on d.file_id = p.new_id;
    update source_file f set path = m.path, modified_ns = m.modified_ns
    from pg_temp.moved_file m where m.file_id = f.file_id;
    return (select count(*) from pg_temp.moved_file);
end
$$;
comment on function adopt_moved_files(int, text []) is
'Makes one file of one that is gone and a new one with the same content, so that its chunks keep their ids.';
revoke all on function adopt_moved_files(int, text []) from public;

-- functions/index/append_postings.sql
-- Appends chunks that enter or leave to the inverted index, as one part: rows are only ever inserted, so that writers
-- never wait for each other or deadlock over frequent terms. Impacts use the repository's pinned average length
-- (lexical_norm), so that what is taken out is exactly what was put in.
create or replace function append_postings(changes posting_change []) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    new_part bigint := nextval('posting_part_seq');
    k1 float8 := setting_number('lexical.k1');
    b float8 := setting_number('lexical.b');
begin
    if cardinality(changes) is not distinct from 0 or changes is null then
        return;
    end if;
    insert into lexical_norm (repository_id, level, average_length, field_weights)
    select c.repository_id, c.level, greatest(avg(c.lexical_length), 1), field_weights()
    from unnest(changes) c where c.sign > 0
    group by c.repository_id, c.level
    order by c.repository_id, c.level
    on conflict do nothing;

    insert into lexical_statistic (repository_id, level, part, chunk_count, total_length)
    select c.repository_id, c.level, new_part, sum(c.sign), sum(c.sign * c.lexical_length::float8)
    from unnest(changes) c group by c.repository_id, c.level;

    insert into posting (repository_id, level, term, block, part, chunk_count, weight, impacts)
    select c.repository_id, c.level, t.term, (c.slot / 8192)::int, new_part, sum(c.sign), 1,
           ('{' || string_agg((c.slot % 8192 + 1) || ':' ||
                              (c.sign * t.frequency / (t.frequency + k1 * (1 - b + b * c.lexical_length / n.average_length)))::real, ',')
            || '}/8192')::sparsevec
    from unnest(changes) c
    join lexical_norm n on n.repository_id = c.repository_id and n.level = c.level,
         term_weights(c.lexemes, n.field_weights) t
    where t.frequency > 0
    group by c.repository_id, c.level, t.term, (c.slot / 8192)::int;
end
$$;
comment on function append_postings(posting_change []) is 'Appends chunks that enter or leave to the inverted index, as one part.';
revoke all on function append_postings(posting_change []) from public;

-- functions/index/chunk_lexemes.sql
-- The searchable terms of a chunk: A its name and scope, B its path, C signature and documentation, D the whole text.
create or replace function chunk_lexemes(symbol text, path text, signature text, doc text, content text)
returns tsvector
language sql stable strict parallel safe
as $$
    select setweight(to_tsvector('codesearch.code', codesearch.split_identifiers(left(symbol, 1000))), 'A')
        || setweight(to_tsvector('codesearch.code', codesearch.split_identifiers(left(path, 1000))), 'B')
        || setweight(to_tsvector('codesearch.code', codesearch.split_identifiers(left(signature || ' ' || doc, 20000))), 'C')
        || to_tsvector('codesearch.code', codesearch.split_identifiers(left(content, 200000)))
$$;
comment on function chunk_lexemes(text, text, text, text, text) is
'The searchable terms of a chunk, labelled by field: A name, B path, C signature and documentation, D text.';

-- functions/index/claim_jobs.sql
-- Claims the next jobs of one stage for a worker: skips what others hold, takes over leases that ran out, and tells
-- the generation that the completion must name. Embedding work begins when no chunking is left, so that lexical search
-- is complete first. A job that failed before, or whose worker died, is claimed alone, so that it takes no others
-- down. The caller commits before it works: nothing is embedded while rows are locked.
create or replace function claim_jobs(worker text, wanted int, lease interval default '2 minutes', stages text [] default '{chunk,embed}')
returns table (job_id bigint, repository_id int, file_id bigint, stage text, model_version_id int, generation int, attempts int)
language plpgsql volatile rows 50
set search_path from current
as $$
#variable_conflict use_column
declare
    next_job index_job;
begin
    update index_job j
    set state = case when j.attempts >= 10 then 'failed' else 'queued' end, worker = null, lease_until = null,
        last_error = format('worker %s gave no sign until its lease ended', j.worker)
    where j.job_id in (select x.job_id from index_job x where x.state = 'running' and x.lease_until < clock_timestamp()
                       order by x.job_id limit wanted for update skip locked);

    -- One look into the index for each stage: sorting a long queue at every claim would be slower than the work.
    select n.* into next_job
    from (values ('chunk'), ('embed')) as s(stage)
    cross join lateral (select j.* from index_job j
                        where j.state = 'queued' and j.run_after <= clock_timestamp() and j.stage = s.stage
                        order by j.run_after limit 1) n
    where s.stage = any(stages)
    order by s.stage limit 1;

    return query
    update index_job j
    set state = 'running', worker = claim_jobs.worker, lease_until = clock_timestamp() + lease, attempts = j.attempts + 1
    where j.job_id in (
        select x.job_id from index_job x
        where x.state = 'queued' and x.run_after <= clock_timestamp() and x.stage = next_job.stage
          and x.model_version_id is not distinct from next_job.model_version_id
          and (x.attempts >= 2) = (next_job.attempts >= 2)
        order by x.run_after, x.job_id limit case when next_job.attempts >= 2 then 1 else wanted end for update skip locked)
    returning j.job_id, j.repository_id, j.file_id, j.stage, j.model_version_id, j.generation, j.attempts;
end
$$;
comment on function claim_jobs(text, int, interval, text []) is 'Claims the next jobs of one stage for a worker.';

-- functions/index/complete_jobs.sql
-- Ends jobs that are done. A file that changed meanwhile has a newer generation: its job is queued again instead. A job
-- that another transaction has locked is left as it is, because waiting for it with files in hand could deadlock;
-- requeue_jobs gives it back later.
create or replace function complete_jobs(job_ids bigint [], generations int []) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    done int;
begin
    with held as (
        select j.job_id, j.generation = d.generation as is_done
        from index_job j
        join unnest(job_ids, generations) as d(job_id, generation) on d.job_id = j.job_id
        where j.state = 'running'
        order by j.job_id for update of j skip locked),
    again as (
        update index_job j
        set state = 'queued', worker = null, lease_until = null, attempts = 0, run_after = clock_timestamp()
        from held h where h.job_id = j.job_id and not h.is_done)
    delete from index_job j using held h where h.job_id = j.job_id and h.is_done;
    get diagnostics done = row_count;
    return done;
end
$$;
comment on function complete_jobs(bigint [], int []) is 'Ends jobs that are done; what changed meanwhile is queued again.';

-- functions/index/delete_file.sql
-- Removes one file, its chunks, vectors and postings; true where it was there.
create or replace function delete_file(repository text, path text) returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
    delete from source_file f using repository r
    where r.name = delete_file.repository and f.repository_id = r.repository_id and f.path = delete_file.path;
    return found;
end
$$;
comment on function delete_file(text, text) is 'Removes one file with its chunks, vectors and postings; true where it was there.';

-- functions/index/ensure_repository.sql
-- The id of a repository, created on first use. Under row-level security only those who may see every repository create
-- one; for others a name that is taken and one that is free give the same error.
create or replace function ensure_repository(name text) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    found_id int;
begin
    select r.repository_id into found_id from repository r where r.name = ensure_repository.name;
    if found_id is null then
        if row_security_active('codesearch.repository') and not 'codesearch_admin' = any(own_roles())
           and not exists (select from repository_access a where a.repository_id is null) then
            perform visible_repositories(ensure_repository.name);
        end if;
        insert into repository (name) values (ensure_repository.name)
        on conflict on constraint repository_name_key do nothing
        returning repository_id into found_id;
        if found_id is null then
            select r.repository_id into found_id from repository r where r.name = ensure_repository.name;
        end if;
    end if;
    return found_id;
end
$$;
comment on function ensure_repository(text) is 'The id of a repository, created on first use.';

-- functions/index/fail_job.sql
-- Records a job's error: tried again after a growing pause, and after five attempts left as failed, the dead-letter
-- state, where it blocks nothing until retry_failed_jobs or a new version of the file queues it.
create or replace function fail_job(job_id bigint, generation int, error text) returns text
language plpgsql volatile
set search_path from current
as $$
declare
    now_state text;
begin
    update index_job j
    set state = case when j.attempts >= 5 and j.generation = fail_job.generation then 'failed' else 'queued' end,
        run_after = clock_timestamp() + case when j.generation = fail_job.generation
            then least(interval '1 second' * 4 ^ j.attempts, interval '10 minutes') else interval '0' end,
        last_error = left(error, 2000), worker = null, lease_until = null
    where j.job_id = fail_job.job_id and j.state = 'running'
    returning j.state into now_state;
    return now_state;
end
$$;
comment on function fail_job(bigint, int, text) is 'Records a job''s error and queues it again after a pause; after five attempts it stays failed.';

-- functions/index/field_weights.sql
-- What an occurrence counts in each field, in the order A (name), B (path), C (signature, documentation), D (text).
create or replace function field_weights() returns real []
language sql stable parallel safe
as $$
    select array[
        setting_number('lexical.weight.name'), setting_number('lexical.weight.path'),
        setting_number('lexical.weight.documentation'), setting_number('lexical.weight.text')]::real []
$$;
comment on function field_weights() is 'What an occurrence counts in the fields name, path, documentation and text.';

-- functions/index/forget_files.sql
-- Removes files that are gone from a repository, indexed and skipped ones; returns how many indexed ones are gone. One whose
-- content is at a new path moves there instead.
create or replace function forget_files(repository_id int, paths text []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    moved int;
    removed int;
begin
    perform lock_repository(forget_files.repository_id);
    delete from skipped_file s where s.repository_id = forget_files.repository_id and s.path = any(paths);
    moved := adopt_moved_files(forget_files.repository_id, paths);
    delete from source_file f where f.repository_id = forget_files.repository_id and f.path = any(paths);
    get diagnostics removed = row_count;
    return moved + removed;
end
$$;
comment on function forget_files(int, text []) is 'Removes files that are gone from a repository, or moves them; returns how many indexed ones are gone.';

-- functions/index/insert_chunks.sql
-- Second step of replace_chunks: stores the new rows of incoming_chunk and returns what enters the inverted index.
create or replace function insert_chunks() returns posting_change []
language plpgsql volatile
set search_path from current
as $$
declare
    result posting_change [];
    weights real [] := field_weights();
begin
    update pg_temp.incoming_chunk set chunk_id = nextval(pg_get_serial_sequence('codesearch.chunk', 'chunk_id')), is_new = true
    where chunk_id is null;

    with prepared as (
        select i.*, l.lexemes, coalesce(n.field_weights, weights) as field_weights
        from pg_temp.incoming_chunk i
        left join lexical_norm n on n.repository_id = i.repository_id and n.level = i.level,
             chunk_lexemes(case when i.kind = 'block' then i.name else i.symbol end, i.path, i.signature, i.doc, i.content) as l(lexemes)
        where i.is_new
        offset 0),
    stored as (
        insert into chunk (chunk_id, repository_id, file_id, level, kind, name, symbol, scope, signature, doc, start_line,
            end_line, content, content_hash, imports, name_stems, slot, lexemes, lexical_length)
        overriding system value
        select p.chunk_id, p.repository_id, p.file_id, p.level, p.kind, left(p.name, 500), left(p.symbol, 2000), p.scope, p.signature, p.doc,
               p.start_line, p.end_line, p.content, p.content_hash, coalesce(p.imports, '{}'),
               array(select distinct u.token from unnest(tokenize(p.name)) u(token)),
               nextval('chunk_slot_seq'), p.lexemes, lexical_length(p.lexemes, p.field_weights)
        from prepared p
        order by p.file_id, p.ordinal
        returning repository_id, level, slot, lexemes, lexical_length)
    select array_agg(row(s.repository_id, s.level, s.slot, s.lexemes, s.lexical_length, 1)::posting_change) into result
    from stored s;
    return result;
end
$$;
comment on function insert_chunks() is 'Second step of replace_chunks: stores new chunks, returns what enters the inverted index.';
revoke all on function insert_chunks() from public;

-- functions/index/known_files.sql
-- What is on record of each file of a repository, for the comparison with a folder. disk_size is the size of the file as it
-- was read; skip is set where the name alone ruled the file out.
create or replace function known_files(repository_id int)
returns table (path text, disk_size bigint, modified_ns bigint, skip text)
language sql stable rows 1000
set search_path from current
as $$
    select f.path, f.size_bytes::bigint, f.modified_ns, null from source_file f where f.repository_id = known_files.repository_id
    union all
    select s.path, s.size_bytes, s.modified_ns, s.reason
    from skipped_file s where s.repository_id = known_files.repository_id
$$;
comment on function known_files(int) is 'What is on record of each file of a repository.';

-- functions/index/lexical_length.sql
-- Weighted token count of a chunk: the document length of BM25.
create or replace function lexical_length(lexemes tsvector, weights real []) returns real
language sql immutable parallel safe
as $$
    select coalesce(sum(t.frequency), 0)::real from codesearch.term_weights(lexemes, weights) t
$$;
comment on function lexical_length(tsvector, real []) is 'Weighted token count of a chunk: the document length of BM25.';

-- functions/index/lock_repository.sql
-- One synchronisation at a time for each repository, until the transaction ends: two that store the same files in another
-- order would deadlock. Workers and single writers don't take it.
create or replace function lock_repository(repository_id int) returns void
language sql volatile
as $$
    select pg_advisory_xact_lock(1886872436, repository_id)
$$;
comment on function lock_repository(int) is 'Lets one synchronisation of a repository write at a time.';

-- functions/index/path_flags.sql
-- What a path says of its file. Tests, examples, generated, vendored and legacy code are pushed down unless asked
-- for; entry marks files that mostly re-export (index.ts, __init__.py, mod.rs).
create or replace function path_flags(path text) returns text []
language sql immutable strict parallel safe
as $$
    select coalesce(array_agg(f.flag order by f.flag), '{}')
    from (values
        ('test', '(^|/)(tests?|testing|specs?|__tests__|__mocks__|testdata|fixtures?|e2e|mocks?|src/test|[a-z]+[._-]tests?)/|(^|/)(test_[^/]*|conftest)\.[a-z]+$|[^/]+([._-](test|tests|spec|mock|bench)|_unittest)\.[a-z]+$|[^/]*[a-z](Tests?|Spec|TestCase|IT)\.(java|kt|scala|cs|swift|php|groovy)$|(^|/)[^/]*Tests/'),
        ('example', '(^|/)(examples?|samples?|demos?|docs?_src|tutorials?|playgrounds?|benchmarks?|bench|perf)/'),
        ('generated', '(^|/)(generated|gen|__generated__|dist|build|out|autogen)/|(_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)|\.g\.(dart|cs)|\.designer\.cs|\.generated\.[a-z]+|_generated\.[a-z]+|\.min\.(js|css)|-lock\.json|\.lock)$'),
        ('vendored', '(^|/)(vendor|vendored|_vendor|third[_-]?party|node_modules|external|deps|bower_components)/'),
        ('legacy', '(^|/)(legacy|deprecated|obsolete|old|compat|archive|attic)/|(^|/)[^/]*(_legacy|_compat|_deprecated|-legacy|-compat|_old)\.[a-z]+$|(^|/)(compat|legacy|deprecated)\.[a-z]+$'),
        ('docs', '(^|/)(docs?|documentation|wiki)/|\.(md|rst|txt|adoc)$|(^|/)(CHANGES|CHANGELOG|LICENSE|AUTHORS|NEWS|README)[^/]*$'),
        ('entry', '(^|/)(__init__\.pyi?|index\.(js|ts|tsx|jsx|mjs|cjs)|mod\.rs|lib\.rs|package-info\.java|__main__\.py)$|\.d\.(ts|mts|cts)$|\.pyi$')
    ) as f(flag, pattern)
    where path ~ f.pattern
$$;
comment on function path_flags(text) is 'What a path says of its file: test, example, generated, vendored, legacy, docs, entry.';

-- functions/index/refresh_lexical_index.sql
-- Rebuilds a repository's inverted index from its chunks: folds the parts, drops the traces of deleted chunks, and
-- brings impacts to today's average length and field weights. Waits for writers of the repository, and they for it;
-- searches see the old index until it commits. Without force only where the index has drifted.
create or replace function refresh_lexical_index(repository_id int, force boolean default false) returns boolean
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := refresh_lexical_index.repository_id;
    lost boolean;
    k1 float8 := setting_number('lexical.k1');
    b float8 := setting_number('lexical.b');
begin
    perform pg_advisory_xact_lock(1886872435, wanted);
    select bool_or(abs(n.average_length / nullif(s.total / nullif(s.chunks, 0), 0) - 1) > 0.02 or s.parts > 32
                   or n.field_weights is distinct from field_weights())
    into lost
    from lexical_norm n
    join (select level, sum(chunk_count) as chunks, sum(total_length) as total, count(*) as parts
          from lexical_statistic where repository_id = wanted group by level) s on s.level = n.level
    where n.repository_id = wanted;
    if not coalesce(lost, false) and not force then
        return false;
    end if;
    if exists (select from lexical_norm n where n.repository_id = wanted and n.field_weights is distinct from field_weights()) then
        update chunk set lexical_length = lexical_length(lexemes, field_weights()) where repository_id = wanted;
    end if;
    drop table if exists pg_temp.term_frequency;
    create temporary table term_frequency on commit drop as
    select p.level, p.term, bm25_idf(n.chunks, sum(p.chunk_count)) as idf
    from posting p
    join (select level, sum(chunk_count) as chunks from lexical_statistic where repository_id = wanted group by level) n on n.level = p.level
    where p.repository_id = wanted
    group by p.level, p.term, n.chunks having sum(p.chunk_count) > 0;
    analyze pg_temp.term_frequency;
    delete from posting where repository_id = wanted;
    delete from lexical_statistic where repository_id = wanted;
    delete from lexical_norm where repository_id = wanted;
    insert into lexical_norm (repository_id, level, average_length, field_weights)
    select c.repository_id, c.level, greatest(avg(c.lexical_length), 1), field_weights()
    from chunk c where c.repository_id = wanted group by c.repository_id, c.level;
    insert into lexical_statistic (repository_id, level, part, chunk_count, total_length)
    select wanted, c.level, 0, count(*), sum(c.lexical_length::float8) from chunk c where c.repository_id = wanted group by c.level;
    insert into posting (repository_id, level, term, block, part, chunk_count, weight, impacts)
    select wanted, c.level, t.term, (c.slot / 8192)::int, 0, count(*), min(coalesce(d.idf, 1)),
           ('{' || string_agg((c.slot % 8192 + 1) || ':' || (coalesce(d.idf, 1)
                * t.frequency / (t.frequency + k1 * (1 - b + b * c.lexical_length / n.average_length)))::real, ',')
            || '}/8192')::sparsevec
    from chunk c
    join lexical_norm n on n.repository_id = wanted and n.level = c.level
    cross join lateral term_weights(c.lexemes, n.field_weights) t
    left join pg_temp.term_frequency d on d.term = t.term and d.level = c.level
    where c.repository_id = wanted and t.frequency > 0
    group by c.level, t.term, (c.slot / 8192)::int;
    return true;
end
$$;
comment on function refresh_lexical_index(int, boolean) is
'Rebuilds a repository''s inverted index from its chunks where it has drifted.';

-- functions/index/refresh_moved_chunks.sql
-- Step of replace_chunks for files whose path changed: chunks that stay take the new path's terms, and the module its new
-- name. Their ids, and with them feedback, stay. The index entry is taken out and put in again, as two parts.
create or replace function refresh_moved_chunks() returns void
language plpgsql volatile
set search_path from current
as $$
declare
    removed posting_change [];
    added posting_change [];
begin
    drop table if exists pg_temp.moved_chunk;
    create temporary table moved_chunk on commit drop as
    select c.chunk_id, c.repository_id, c.level, c.slot, c.lexemes as old_lexemes, c.lexical_length as old_length,
           l.lexemes, lexical_length(l.lexemes, coalesce(n.field_weights, field_weights())) as lexical_length,
           i.name, i.symbol
    from pg_temp.incoming_chunk i
    join chunk c on c.chunk_id = i.chunk_id
    left join lexical_norm n on n.repository_id = i.repository_id and n.level = i.level,
         chunk_lexemes(case when i.kind = 'block' then i.name else i.symbol end, i.path, i.signature, i.doc, i.content) as l(lexemes)
    where i.is_moved and l.lexemes <> c.lexemes;

    update chunk c
    set lexemes = m.lexemes, lexical_length = m.lexical_length, name = left(m.name, 500), symbol = left(m.symbol, 2000),
        name_stems = array(select distinct u.token from unnest(tokenize(m.name)) u(token))
    from pg_temp.moved_chunk m
    where c.chunk_id = m.chunk_id;

    select array_agg(row(m.repository_id, m.level, m.slot, m.old_lexemes, m.old_length, -1)::posting_change),
           array_agg(row(m.repository_id, m.level, m.slot, m.lexemes, m.lexical_length, 1)::posting_change)
    into removed, added
    from pg_temp.moved_chunk m;
    perform append_postings(removed);
    perform append_postings(added);
end
$$;
comment on function refresh_moved_chunks() is 'Step of replace_chunks: chunks of a renamed file take the new path''s terms and keep their ids.';
revoke all on function refresh_moved_chunks() from public;

-- functions/index/release_jobs.sql
-- Gives back what workers claimed and will not finish: they were told to stop, or are known to be dead. Without this
-- the jobs wait for the lease to end. A claim that was not worked on is not an attempt. A worker may die of other causes than
-- the file in hand, so that more deaths than errors make a dead letter: most_attempts.
drop function if exists release_jobs(text [], boolean);
create or replace function release_jobs(workers text [], died boolean default false, most_attempts int default 10) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    released int;
begin
    update index_job j
    set state = case when died and j.attempts >= most_attempts then 'failed' else 'queued' end,
        attempts = case when died then j.attempts else greatest(j.attempts - 1, 0) end,
        last_error = case when died then format('worker %s died', j.worker) else j.last_error end,
        run_after = clock_timestamp(), worker = null, lease_until = null
    where j.job_id in (select x.job_id from index_job x where x.state = 'running' and x.worker = any(workers)
                       order by x.job_id for update);
    get diagnostics released = row_count;
    return released;
end
$$;
comment on function release_jobs(text [], boolean, int) is 'Gives back what workers claimed and will not finish.';

-- functions/index/remove_secret_file.sql
-- Takes a file that holds a key or password out of the tables and records why; false where it changed since it was looked
-- at, or a writer holds it: then the job stays. The detail names the kind and line, never the secret.
create or replace function remove_secret_file(file_id bigint, content_hash bytea, detail text) returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
    found_file record;
begin
    select f.repository_id, f.path, f.size_bytes, f.modified_ns into found_file
    from source_file f
    where f.file_id = remove_secret_file.file_id and f.content_hash = remove_secret_file.content_hash
    for update skip locked;
    if not found then
        return false;
    end if;
    insert into skipped_file as s (repository_id, path, reason, detail, size_bytes, modified_ns)
    values (found_file.repository_id, found_file.path, 'secret', remove_secret_file.detail, found_file.size_bytes, found_file.modified_ns)
    on conflict on constraint skipped_file_pkey do update
        set reason = excluded.reason, detail = excluded.detail, size_bytes = excluded.size_bytes,
            modified_ns = excluded.modified_ns, seen_at = now();
    delete from source_file f where f.file_id = remove_secret_file.file_id;
    return true;
end
$$;
comment on function remove_secret_file(bigint, bytea, text) is
'Takes a file that holds a key or password out of the tables and records why.';

-- functions/index/rename_files.sql
-- Gives files new paths, as a version control system reports them: chunks keep their ids, and only what holds the path is
-- made anew. A file whose new path is taken stays as it is. Returns how many were renamed.
create or replace function rename_files(repository_id int, old_paths text [], new_paths text []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    renamed int;
begin
    perform lock_repository(rename_files.repository_id);
    update source_file f set path = r.new_path
    from unnest(old_paths, new_paths) as r(old_path, new_path)
    where f.repository_id = rename_files.repository_id and f.path = r.old_path
      and not exists (select from source_file t
                      where t.repository_id = rename_files.repository_id and t.path = r.new_path);
    get diagnostics renamed = row_count;
    return renamed;
end
$$;
comment on function rename_files(int, text [], text []) is 'Gives files new paths; their chunks keep their ids.';

-- functions/index/renew_leases.sql
-- Says that a worker still works on what it claimed: long batches outlast a lease. Called beside the work, on another
-- connection, so it waits for nothing: a locked job is one that is being completed.
create or replace function renew_leases(worker text, lease interval default '2 minutes') returns int
language plpgsql volatile
set search_path from current
as $$
declare
    renewed int;
begin
    update index_job j set lease_until = clock_timestamp() + lease
    where j.job_id in (select x.job_id from index_job x
                       where x.state = 'running' and x.worker = renew_leases.worker for update skip locked);
    get diagnostics renewed = row_count;
    return renewed;
end
$$;
comment on function renew_leases(text, interval) is 'Says that a worker still works on what it claimed; returns how many jobs.';

-- functions/index/replace_chunks.sql
-- Swaps the chunks of a batch of files in one transaction: [{file_id, content_hash, language, parser, has_errors,
-- chunks: [{level, kind, name, symbol, scope, signature, doc, start_line, end_line, content, calls, imports,
-- texts: [{role, start_line, end_line, text}]}]}]. A chunk whose symbol and content are unchanged keeps its id, and
-- with it its feedback and, where the text is the same too, its vectors; so does the module chunk of a renamed file. A file
-- that changed since it was read is left alone: its next job has the newer text. So is a file that someone else has
-- locked: waiting for it with others in hand would deadlock with a writer that takes them in another order.
-- Returns the files that were swapped; complete_jobs may be called for these alone.
create or replace function replace_chunks(files jsonb)
returns table (file_id bigint, added int, kept int, removed int)
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    fresh bigint [];
    inserted posting_change [];
begin
    -- Shared with other writers of the repository; refresh_lexical_index takes it alone.
    perform pg_advisory_xact_lock_shared(1886872435, l.repository_id)
    from (select distinct f.repository_id from source_file f
          where f.file_id in (select i.file_id from jsonb_to_recordset(files) as i(file_id bigint))
          order by 1) l;
    select array_agg(l.file_id) into fresh
    from (select f.file_id from source_file f
          join jsonb_to_recordset(files) as i(file_id bigint, content_hash text)
            on i.file_id = f.file_id and f.content_hash = decode(i.content_hash, 'hex')
          order by f.file_id for no key update of f skip locked) l;

    drop table if exists pg_temp.incoming_chunk;
    create temporary table incoming_chunk on commit drop as
    select f.file_id, f.repository_id, f.path, c.ordinal::int as ordinal, v.*,
           md5(v.signature || e'\x01' || v.doc || e'\x01' || v.content)::uuid as content_hash,
           case v.kind when 'module' then '' else v.symbol end as identity,
           row_number() over (partition by f.file_id, v.level, v.kind, v.symbol, md5(v.signature || e'\x01' || v.doc || e'\x01' || v.content)
                              order by c.ordinal) as occurrence,
           null::bigint as chunk_id, false as is_new,
           -- Set by source_file_prepare when the path changes; true for a new file too, which has no chunk to move.
           f.indexed_hash is null as is_moved
    from jsonb_to_recordset(files) as i(file_id bigint, chunks jsonb)
    join source_file f on f.file_id = i.file_id and f.file_id = any(fresh),
         jsonb_array_elements(i.chunks) with ordinality as c(value, ordinal),
         jsonb_to_record(c.value) as v(level smallint, kind text, name text, symbol text, scope text, signature text, doc text,
             start_line int, end_line int, content text, calls text [], imports text [], texts jsonb);

    update pg_temp.incoming_chunk i set chunk_id = e.chunk_id
    from (select c.chunk_id, c.file_id, c.level, c.kind, case c.kind when 'module' then '' else c.symbol end as identity, c.content_hash,
                 row_number() over (partition by c.file_id, c.level, c.kind, c.symbol, c.content_hash
                                    order by c.start_line, c.chunk_id) as occurrence
          from chunk c where c.file_id = any(fresh)) e
    where e.file_id = i.file_id and e.level = i.level and e.kind = i.kind and e.identity = i.identity
      and e.content_hash = i.content_hash and e.occurrence = i.occurrence;

    return query
    with gone as (
        delete from chunk c
        where c.file_id = any(fresh)
          and not exists (select from pg_temp.incoming_chunk i where i.chunk_id = c.chunk_id)
        returning c.file_id),
    stay as (
        update chunk c set start_line = i.start_line, end_line = i.end_line, imports = coalesce(i.imports, '{}')
        from pg_temp.incoming_chunk i
        where i.chunk_id = c.chunk_id
          and (c.start_line, c.end_line, c.imports) is distinct from (i.start_line, i.end_line, coalesce(i.imports, '{}'))
        returning c.chunk_id)
    select f.id, (select count(*)::int from pg_temp.incoming_chunk i where i.file_id = f.id and i.chunk_id is null),
           (select count(*)::int from pg_temp.incoming_chunk i where i.file_id = f.id and i.chunk_id is not null),
           (select count(*)::int from gone g where g.file_id = f.id)
    from unnest(fresh) as f(id), (select count(*) from stay) s;

    perform refresh_moved_chunks();
    inserted := insert_chunks();
    perform append_postings(inserted);
    perform store_chunk_texts();

    insert into chunk_call (chunk_id, repository_id, name)
    select distinct i.chunk_id, i.repository_id, n.name
    from pg_temp.incoming_chunk i, unnest(i.calls) as n(name)
    where i.is_new and n.name <> '' and length(n.name) <= 200;

    update source_file f
    set indexed_hash = f.content_hash, indexed_at = now(), language = i.language, parser = i.parser,
        has_errors = coalesce(i.has_errors, false)
    from jsonb_to_recordset(files) as i(file_id bigint, language text, parser text, has_errors boolean)
    where i.file_id = f.file_id and f.file_id = any(fresh);
end
$$;
comment on function replace_chunks(jsonb) is
'Swaps the chunks of a batch of files in one transaction; unchanged chunks keep their ids and vectors.';

-- functions/index/requeue_jobs.sql
-- Queues jobs that a worker holds and could not do because their file was locked; the attempt doesn't count. Returns those
-- that are still locked, to be given back later.
create or replace function requeue_jobs(worker text, job_ids bigint [], pause interval default '200 milliseconds')
returns bigint []
language plpgsql volatile
set search_path from current
as $$
declare
    still_held bigint [];
begin
    with held as (
        select j.job_id from index_job j
        where j.job_id = any(job_ids) and j.worker = requeue_jobs.worker and j.state = 'running'
        order by j.job_id for update skip locked)
    update index_job j
    set state = 'queued', worker = null, lease_until = null, attempts = greatest(j.attempts - 1, 0),
        run_after = clock_timestamp() + pause
    from held h where h.job_id = j.job_id;
    select array_agg(j.job_id) into still_held
    from index_job j where j.job_id = any(job_ids) and j.worker = requeue_jobs.worker and j.state = 'running';
    return coalesce(still_held, '{}');
end
$$;
comment on function requeue_jobs(text, bigint [], interval) is 'Queues jobs again whose file was locked; returns those that still are.';

-- functions/index/retry_failed_jobs.sql
-- Queues failed jobs again, of one repository or of all, or one job; and those that wait for their next attempt don't
-- wait any longer.
drop function if exists retry_failed_jobs(text);
create or replace function retry_failed_jobs(repository text default null, job_id bigint default null) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    retried int;
begin
    update index_job j set state = 'queued', attempts = 0, run_after = now()
    where j.job_id in (
        select x.job_id from index_job x
        where (x.state = 'failed' or (x.state = 'queued' and x.run_after > now()))
          and (retry_failed_jobs.job_id is null or x.job_id = retry_failed_jobs.job_id)
          and (retry_failed_jobs.repository is null
               or x.repository_id = (select r.repository_id from repository r where r.name = retry_failed_jobs.repository))
        order by x.job_id for update);
    get diagnostics retried = row_count;
    perform pg_notify('codesearch_jobs', '');
    return retried;
end
$$;
comment on function retry_failed_jobs(text, bigint) is 'Queues failed jobs again: of one repository, one job, or all.';

-- functions/index/skip_files.sql
-- Records files that are not indexed: [{path, reason, detail, size_bytes, modified_ns}]; what was indexed of them goes.
create or replace function skip_files(repository_id int, skips jsonb) returns void
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
begin
    perform lock_repository(skip_files.repository_id);
    delete from source_file f
    using jsonb_to_recordset(skips) as i(path text)
    where f.repository_id = skip_files.repository_id and f.path = i.path;
    insert into skipped_file as s (repository_id, path, reason, detail, size_bytes, modified_ns)
    select skip_files.repository_id, i.path, i.reason, i.detail, i.size_bytes, i.modified_ns
    from jsonb_to_recordset(skips) as i(path text, reason text, detail text, size_bytes bigint, modified_ns bigint)
    order by i.path
    on conflict (repository_id, path) do update
        set reason = excluded.reason, detail = excluded.detail, size_bytes = excluded.size_bytes,
            modified_ns = excluded.modified_ns, seen_at = now();
end
$$;
comment on function skip_files(int, jsonb) is 'Records files that are not indexed, with the reason; what was indexed of them goes.';

-- functions/index/split_identifiers.sql
-- Rewrites text as words: identifiers are split at camelCase, snake_case and digits, and added whole in lower case
-- without underscores, so that getUserById, get_user_by_id and "user by id" meet. A word character is whatever is
-- not ASCII punctuation or space, whatever the database's locale. Words over 64 characters are cut.
create or replace function split_identifiers(input text) returns text
language sql immutable strict parallel safe
as $$
    select lower(regexp_replace(
               regexp_replace(
                   regexp_replace(translate(w.words, '_', ' '), '([a-z0-9])([A-Z])', '\1 \2', 'g'),
                   '([A-Z])([A-Z][a-z])', '\1 \2', 'g'),
               '([A-Za-z])([0-9])', '\1 \2', 'g'))
           || coalesce((select ' ' || string_agg(lower(translate(m.parts[1], '_', '')), ' ')
                        from regexp_matches(w.words,
                            '([^ ]*(?:[^ _]_+[^ _]|[a-z0-9][A-Z]|[A-Z][A-Z][a-z]|[A-Za-z][0-9])[^ ]*)', 'g') m(parts)), '')
    from (select case when s.cleaned ~ '[^ ]{65}' then regexp_replace(s.cleaned, '([^ ]{64})[^ ]+', '\1', 'g')
                 else s.cleaned end as words
          from (select regexp_replace(input, '[\x01-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f\s]+', ' ', 'g') as cleaned offset 0) s
          -- offset 0: else the planner pastes each expression wherever its name stands, and it is computed five times.
          offset 0) w
$$;
comment on function split_identifiers(text) is
'Rewrites text as words: identifiers split at camelCase, snake_case and digits, and added whole.';

-- functions/index/store_chunk_texts.sql
-- Third step of replace_chunks: stores the texts to embed. A text that is the same as before keeps its row and
-- its vectors; of the others the vectors go, and the file's embed jobs are queued for every model in use.
create or replace function store_chunk_texts() returns void
language plpgsql volatile
set search_path from current
as $$
declare
    model record;
begin
    drop table if exists pg_temp.incoming_text;
    create temporary table incoming_text on commit drop as
    select i.chunk_id,
           (case v.role when 'whole' then 0 when 'summary' then -1
            else row_number() over (partition by i.chunk_id, v.role order by t.ordinal) end)::smallint as unit,
            i.repository_id, i.file_id, v.role, v.start_line, v.end_line,
           v.text, md5(v.text)::uuid as text_hash
    from pg_temp.incoming_chunk i,
         jsonb_array_elements(coalesce(i.texts, '[]')) with ordinality as t(value, ordinal),
         jsonb_to_record(t.value) as v(role text, start_line int, end_line int, text text)
    where v.text <> '';

    delete from chunk_text t
    using pg_temp.incoming_chunk c
    where t.chunk_id = c.chunk_id and not c.is_new
      and not exists (select from pg_temp.incoming_text i where i.chunk_id = t.chunk_id and i.unit = t.unit);

    insert into chunk_text as t (chunk_id, unit, repository_id, role, start_line, end_line, text_hash, text)
    select i.chunk_id, i.unit, i.repository_id, i.role, i.start_line, i.end_line, i.text_hash, i.text
    from pg_temp.incoming_text i
    on conflict (chunk_id, unit, repository_id) do update
        set role = excluded.role, start_line = excluded.start_line, end_line = excluded.end_line,
            text_hash = excluded.text_hash, text = excluded.text
        where (t.text_hash, t.start_line, t.end_line, t.role)
              is distinct from (excluded.text_hash, excluded.start_line, excluded.end_line, excluded.role);

    for model in select m.model_version_id from model_version m where m.status in ('active', 'candidate') loop
        perform forget_stale_embeddings(model.model_version_id);
        insert into index_job as j (repository_id, file_id, stage, model_version_id)
        select distinct i.repository_id, i.file_id, 'embed', model.model_version_id
        from pg_temp.incoming_text i
        where i.file_id in (select p.file_id from pending_texts(
            model.model_version_id, array(select distinct x.file_id from pg_temp.incoming_text x)) p)
        order by 2
        on conflict (file_id, stage, model_version_id) do update
            set generation = j.generation + 1, attempts = 0, run_after = now(), last_error = null,
                state = case when j.state = 'running' then 'running' else 'queued' end;
    end loop;
end
$$;
comment on function store_chunk_texts() is 'Third step of replace_chunks: stores the texts to embed and queues what lacks a vector.';
revoke all on function store_chunk_texts() from public;

-- functions/index/store_files.sql
-- Stores a batch of files that were read: [{path, content, modified_ns}]. Unchanged content only refreshes modified_ns.
-- Returns how many files are new or changed; the trigger queued them.
create or replace function store_files(repository_id int, files jsonb) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    changed int;
begin
    perform lock_repository(store_files.repository_id);
    with given as (
        select i.path, i.content, i.modified_ns
        from jsonb_to_recordset(files) as i(path text, content text, modified_ns bigint)
        order by i.path),
    refreshed as (
        update source_file f set modified_ns = g.modified_ns
        from given g
        where f.repository_id = store_files.repository_id and f.path = g.path and f.content = g.content
        returning f.path),
    stored as (
        insert into source_file as f (repository_id, path, content, content_hash, size_bytes, modified_ns)
        select store_files.repository_id, g.path, g.content, '', 0, g.modified_ns
        from given g where g.path not in (select path from refreshed)
        on conflict (repository_id, path) do update
            set content = excluded.content, modified_ns = excluded.modified_ns
        returning f.file_id)
    select count(*) into changed from stored;
    delete from skipped_file s
    using jsonb_to_recordset(files) as i(path text)
    where s.repository_id = store_files.repository_id and s.path = i.path;
    return changed;
end
$$;
comment on function store_files(int, jsonb) is 'Stores a batch of files that were read; returns how many are new or changed.';

-- functions/index/term_weights.sql
-- The weighted term frequencies of a chunk (BM25F's simple form: fields are weighted before saturation).
create or replace function term_weights(lexemes tsvector, field_weights real [])
returns table (term text, frequency real)
language sql immutable parallel safe rows 60
as $$
    select l.lexeme,
           (field_weights[1] * cardinality(array_positions(l.weights, 'A'))
            + field_weights[2] * cardinality(array_positions(l.weights, 'B'))
            + field_weights[3] * cardinality(array_positions(l.weights, 'C'))
            + field_weights[4] * cardinality(array_positions(l.weights, 'D')))::real
    from unnest(lexemes) as l
$$;
comment on function term_weights(tsvector, real []) is 'The weighted term frequencies of a chunk''s terms.';

-- functions/index/tokenize.sql
-- The tokens of a text as the index has them: words of identifiers, whole identifiers, light stemming.
create or replace function tokenize(input text) returns text []
language sql stable strict parallel safe
set search_path from current
as $$
    select coalesce(array_agg(t.lexeme order by p.position), '{}')
    from unnest(to_tsvector('codesearch.code', split_identifiers(left(input, 100000)))) as t(lexeme, positions, weights),
         unnest(t.positions) as p(position)
$$;
comment on function tokenize(text) is
'The tokens of a text as the index has them: words of identifiers, whole identifiers, light stemming.';

-- functions/index/upsert_file.sql
-- Stores one file's text; the trigger queues it where the content is new. Creates the repository on first use.
create or replace function upsert_file(repository text, path text, content text) returns bigint
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted_repository int;
    stored bigint;
begin
    if coalesce(upsert_file.repository, '') = '' or coalesce(upsert_file.path, '') = '' or upsert_file.content is null then
        raise exception using errcode = 'CS001', message = 'upsert_file needs a repository, a path and a content',
            hint = 'none of the three may be NULL, nor names be empty; to remove a file call codesearch.delete_file';
    elsif length(upsert_file.repository) > 400 then
        raise exception using errcode = 'CS001',
            message = format('the name of the repository has %s characters', length(upsert_file.repository)),
            hint = 'names have at most 400 characters';
    end if;
    wanted_repository := ensure_repository(upsert_file.repository);
    insert into source_file as f (repository_id, path, content, content_hash, size_bytes)
    values (wanted_repository, upsert_file.path, upsert_file.content, '', 0)
    on conflict (repository_id, path) do update
        set content = excluded.content, modified_ns = null
        where f.content is distinct from excluded.content
    returning f.file_id into stored;
    if stored is null then
        select f.file_id into stored from source_file f
        where f.repository_id = wanted_repository and f.path = upsert_file.path;
    end if;
    delete from skipped_file s where s.repository_id = wanted_repository and s.path = upsert_file.path;
    return stored;
end
$$;
comment on function upsert_file(text, text, text) is 'Stores one file''s text and queues it for indexing; returns its file_id.';

-- functions/learn/check_feedback.sql
-- Refuses feedback that can't be meant, each with its mend; the row that was shown otherwise. A search of another role
-- looks like one that never was, unless the caller is a member of that role or an administrator.
create or replace function check_feedback(query_id bigint, chunk_id bigint, signal text, value float8) returns query_results
language plpgsql stable
set search_path from current
as $$
declare
    asker name := (select q.asked_by from query_log q where q.query_id = check_feedback.query_id);
    own boolean := asker = asking_role() or exists (
        select from pg_roles r where r.rolname in (asker, 'codesearch_admin') and pg_has_role(asking_role(), r.oid, 'usage'));
    shown query_results;
begin
    if signal is null or signal not in ('click', 'dwell', 'copy', 'accept', 'reject', 'edit', 'abandon') then
        raise exception using errcode = 'CS001', message = format('signal %L is not known', signal),
            hint = 'signals: click, dwell, copy, accept, reject, edit, abandon';
    elsif query_id is null or (chunk_id is null and signal <> 'abandon') then
        raise exception using errcode = 'CS001',
            message = format('signal %s needs a %s', signal, case when query_id is null then 'query_id' else 'chunk_id' end),
            hint = 'both stand in the rows of codesearch.search; query_id is null where log.enabled is false or log => false was given';
    elsif value in ('NaN', 'Infinity', '-Infinity') or (signal = 'dwell' and coalesce(value, -1) < 0) then
        raise exception using errcode = 'CS001', message = format('%s can''t have the value %s', signal, coalesce(value::text, 'NULL')),
            hint = 'the value of dwell is seconds, 0 or more';
    elsif own is not true then
        raise exception using errcode = 'CS009', message = format('there is no query %s of yours', query_id),
            hint = 'query_id is in the rows of codesearch.search; searches are kept for log.retention_days';
    end if;
    select r.* into shown from query_results r
    where r.query_id = check_feedback.query_id and r.chunk_id = check_feedback.chunk_id order by r.rank limit 1;
    if chunk_id is not null and shown is null then
        raise exception using errcode = 'CS009', message = format('query %s did not show chunk %s', query_id, chunk_id),
            hint = 'select rank, chunk_id from codesearch.query_results where query_id = ' || query_id;
    end if;
    return shown;
end
$$;
comment on function check_feedback(bigint, bigint, text, float8) is
'Refuses feedback that can''t be meant, each with its mend; the row that was shown otherwise.';

-- functions/learn/keep_texts.sql
-- Keeps the texts of what one search showed, as they are embedded (path, names, body): the named result may become a
-- positive, the others its negatives. A chunk that is gone already has a text only if other feedback kept it.
create or replace function keep_texts(query_id bigint) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    kept int;
begin
    insert into feedback_text (content_hash, text, terms)
    select distinct on (c.content_hash) c.content_hash, coalesce(t.text, c.content), tsvector_to_array(c.lexemes)
    from query_results r
    join chunk c on c.chunk_id = r.chunk_id and c.repository_id = r.repository_id and c.content_hash = r.content_hash
    left join chunk_text t on t.chunk_id = c.chunk_id and t.repository_id = c.repository_id and t.unit = 0
    where r.query_id = keep_texts.query_id
    order by c.content_hash, r.rank
    -- A new date keeps prune_logs away until the feedback is committed.
    on conflict (content_hash) do update set kept_at = excluded.kept_at;
    get diagnostics kept = row_count;
    return kept;
end
$$;
comment on function keep_texts(bigint) is 'Keeps the texts of what one search showed; returns how many.';
revoke all on function keep_texts(bigint) from public;

-- functions/learn/record_feedback.sql
-- Records what a user did with a result of a search: click, dwell (value is seconds), copy, accept, reject, edit; or
-- abandon, which needs no chunk. Readers may call it for their own searches and need no right on the tables.
create or replace function record_feedback(query_id bigint, chunk_id bigint, signal text, value float8 default null) returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    shown query_results := check_feedback(record_feedback.query_id, record_feedback.chunk_id, record_feedback.signal, record_feedback.value);
    recorded bigint;
begin
    insert into query_feedback (query_id, signal, value, chunk_id, rank, content_hash)
    values (record_feedback.query_id, record_feedback.signal, record_feedback.value, record_feedback.chunk_id, shown.rank, shown.content_hash)
    returning feedback_id into recorded;
    -- Without the words of the query there is nothing to learn from, so nothing is kept.
    if exists (select from query_log q where q.query_id = record_feedback.query_id and q.query is not null) then
        perform keep_texts(record_feedback.query_id);
    end if;
    return recorded;
end
$$;
comment on function record_feedback(bigint, bigint, text, float8) is
'Records what a user did with a result: click, dwell, copy, accept, reject, edit, abandon; returns its id.';
revoke all on function record_feedback(bigint, bigint, text, float8) from public;

-- functions/learn/term_overlap.sql
-- The share of terms that two chunks have in common (Jaccard); 1 where both have none. Terms are sets of stems: a copy
-- with other formatting, comments or argument order stays near 1, two functions of one module are mostly below 0.5.
create or replace function term_overlap(one text [], other text []) returns float8
language sql immutable parallel safe
as $$
    select coalesce(count(*) filter (where t.places = 2)::float8 / nullif(count(*), 0), 1)
    from (select count(*) as places
          from (select distinct unnest(one) as term union all select distinct unnest(other)) b group by b.term) t
$$;
comment on function term_overlap(text [], text []) is 'The share of terms that two chunks have in common (Jaccard).';

-- functions/learn/training_advice.sql
-- Should a model be trained on this database's use? Answers with the numbers it used. A general model that finds the answer
-- near the top (MRR@10 above good_mrr on judged queries) gains little; below few triplets a trained one is as often
-- worse as better, from many on it is reliably better; between them the gate decides. 'measure' comes first: without
-- judged queries nobody can tell a better model from a worse one.
create or replace function training_advice(good_mrr float8 default 0.35, few int default 10000, many int default 50000) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
    active text := (select m.name from model_version m where m.status = 'active');
    run evaluation_run;
    mrr float8;
    triplets bigint := (select count(*) from triplet);
    answer text;
    reason text;
begin
    select r.* into run from evaluation_run r
    where r.model = active and r.metrics is not null and r.k = 10 and r.mode = 'hybrid' order by r.run_id desc limit 1;
    mrr := (run.metrics #>> '{all,mrr}')::float8;
    if mrr is null then
        answer := 'measure';
        reason := 'the active model was not measured on judged queries: pgcodesearch eval run';
    elsif triplets >= many then
        answer := 'train';
        reason := format('%s triplets are enough for a reliable gain', triplets);
    elsif triplets >= few then
        answer := 'try';
        reason := format('with %s triplets gains are noisy: train, and let the gate decide', triplets);
    elsif mrr > good_mrr then
        answer := 'no';
        reason := format('MRR@10 is %s, above %s, and %s triplets are too few to better it', round(mrr::numeric, 3), good_mrr, triplets);
    else
        answer := 'collect';
        reason := format('MRR@10 is %s, so a model could help, but %s triplets are too few: look at chunks, settings and queries first',
                         round(mrr::numeric, 3), triplets);
    end if;
    return jsonb_build_object('answer', answer, 'reason', reason, 'numbers', jsonb_build_object(
        'active_model', active, 'mrr', mrr, 'judged_queries', run.metrics #> '{all,queries}', 'run_id', run.run_id, 'good_mrr', good_mrr,
        'triplets', triplets, 'few', few, 'many', many, 'anchors', (select count(distinct t.anchor) from triplet t),
        'searches', (select count(*) from query_log), 'searches_with_feedback', (select count(distinct f.query_id) from query_feedback f),
        'files', (select count(*) from source_file)));
end
$$;
comment on function training_advice(float8, int, int) is
'Should a model be trained on this database''s use? measure, collect, no, try or train, with the numbers used.';

-- functions/learn/triplet_summary.sql
-- What there is to learn from: feedback by signal, positives, why shown chunks became negatives or not, triplets; with a
-- sample for review that changes from call to call only with the data.
create or replace function triplet_summary(sample int default 20) returns jsonb
language sql stable
set search_path from current
as $$
    select jsonb_build_object(
        'feedback', (select coalesce(jsonb_object_agg(f.signal, f.n), '{}')
                     from (select signal, count(*) as n from query_feedback group by signal) f),
        'searches', (select count(distinct query_id) from query_feedback),
        'positives', (select count(*) from feedback_positive),
        'positives_without_words', (select count(*) from feedback_positive p join query_log q using (query_id) where q.query is null),
        'shown_beside_positives', (select coalesce(jsonb_object_agg(c.verdict, c.n), '{}')
                                   from (select verdict, count(*) as n from triplet_candidate group by verdict) c),
        'triplets', (select count(*) from triplet),
        'anchors', (select count(distinct anchor) from triplet),
        'mean_weight', (select round(avg(weight)::numeric, 3) from triplet),
        'sample', (select coalesce(jsonb_agg(to_jsonb(s)), '[]')
                   from (select t.anchor, t.signal, t.positive_rank, t.negative_rank, t.rejected, round(t.weight::numeric, 3) as weight,
                                t.repository, left(t.positive, 400) as positive, left(t.negative, 400) as negative
                         from triplet t order by md5(t.query_id || ' ' || t.positive_hash || t.negative_hash) limit sample) s))
$$;
comment on function triplet_summary(int) is 'Counts of feedback, positives and triplets, with a sample for review.';

-- functions/models/activate_model.sql
-- Makes a model version the one that answers, in one transaction: searches that run go on with the one they began with.
-- The one before becomes a candidate and its vectors are kept up, so that rollback_model is instant. Refused where texts
-- still lack a vector, the vector index is missing, or the gate refused the model; force switches all the same.
create or replace function activate_model(name text, reason text default null, force boolean default false) returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    wanted model_version;
    total bigint;
    embedded bigint;
begin
    perform pg_advisory_xact_lock(1886872439, 0);
    wanted := named_model(activate_model.name);
    if wanted.status = 'active' then
        return null;
    elsif wanted.status = 'refused' and not force then
        raise exception using errcode = 'CS011', message = format('the gate refused model version %L', activate_model.name),
            detail = wanted.metrics #>> '{gate,reason}', hint = 'force => true activates it all the same';
    end if;
    if not force then
        select coalesce(sum(c.total_texts), 0), coalesce(sum(c.embedded_texts), 0) into total, embedded
        from embedding_coverage(wanted.model_version_id) c;
        if embedded < total or (embedded >= greatest(setting_number('vector.index_from'), 1) and vector_index(wanted.model_version_id) is null) then
            raise exception using errcode = 'CS013', message = format('model version %L is not ready', activate_model.name),
                detail = case when embedded < total then format('%s of %s texts have a vector', embedded, total) else 'its vectors have no index' end,
                hint = format('pgcodesearch models backfill %s; force => true activates it all the same', activate_model.name);
        end if;
    end if;
    return switch_model(wanted.model_version_id, activate_model.reason);
end
$$;
comment on function activate_model(text, text, boolean) is
'Makes a model version the one that answers; the id of the activation, null where it was active already.';
revoke all on function activate_model(text, text, boolean) from public;

-- functions/models/add_model.sql
-- Registers a model version and creates its embedding table. The first one becomes active.
create or replace function add_model(
    name text, dimension int, max_tokens int, artefact jsonb, configuration jsonb default '{}', parent text default null
) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    new_id int;
    first_one boolean := not exists (select from model_version where status = 'active');
begin
    if exists (select from model_version m where m.name = add_model.name) then
        raise exception using errcode = 'CS001', message = format('there is a model version %L already', add_model.name),
            hint = 'weights never change under a name: give another one, or codesearch.drop_model() first';
    elsif parent is not null and not exists (select from model_version m where m.name = add_model.parent) then
        raise exception using errcode = 'CS002', message = format('there is no model version %L', parent),
            hint = 'the parent is the model version that the new one was trained from';
    end if;
    insert into model_version (name, dimension, max_tokens, configuration, status, activated_at, parent_id)
    values (add_model.name, add_model.dimension, add_model.max_tokens, add_model.configuration,
            case when first_one then 'active' else 'candidate' end, case when first_one then now() end,
            (select m.model_version_id from model_version m where m.name = add_model.parent))
    returning model_version_id into new_id;
    insert into model_artefact (model_version_id, file, content, sha256)
    select new_id, a.key, decode(a.value, 'base64'), sha256(decode(a.value, 'base64'))
    from jsonb_each_text(artefact) a;
    if first_one then
        insert into model_activation (model_version_id, reason) values (new_id, 'first model');
    end if;
    perform create_embedding_table(new_id, add_model.dimension);
    insert into index_job (repository_id, file_id, stage, model_version_id)
    select f.repository_id, f.file_id, 'embed', new_id from source_file f where f.indexed_hash is not null
    on conflict do nothing;
    perform pg_notify('codesearch_jobs', '');
    return new_id;
end
$$;
comment on function add_model(text, int, int, jsonb, jsonb, text) is
'Registers a model version with its artefact (file name to base64) and creates its embedding table; the first one becomes active.';

-- functions/models/backfill_model.sql
-- Queues all that a model version lacks a vector of, failed jobs too; workers fill it in beside the live vectors. A
-- retired one becomes a candidate again. Returns how many files are owed.
create or replace function backfill_model(name text) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    wanted model_version;
    owed int;
begin
    perform pg_advisory_xact_lock(1886872439, 0);
    wanted := named_model(backfill_model.name);
    update model_version m set status = 'candidate' where m.model_version_id = wanted.model_version_id and m.status = 'retired';
    execute format(
        'insert into codesearch.index_job as j (repository_id, file_id, stage, model_version_id)
         select distinct c.repository_id, c.file_id, ''embed'', %2$s
         from codesearch.chunk_text t
         join codesearch.chunk c on c.chunk_id = t.chunk_id
         where not exists (select from %1$s e where e.chunk_id = t.chunk_id and e.unit = t.unit and e.text_hash = t.text_hash)
         order by 2
         on conflict (file_id, stage, model_version_id) do update
             set state = ''queued'', attempts = 0, run_after = now() where j.state = ''failed''',
        embedding_table(wanted.model_version_id), wanted.model_version_id);
    select count(*) into owed from index_job j where j.model_version_id = wanted.model_version_id;
    if owed > 0 then
        perform pg_notify('codesearch_jobs', '');
    end if;
    return owed;
end
$$;
comment on function backfill_model(text) is 'Queues all that a model version lacks a vector of; returns how many files are owed.';
revoke all on function backfill_model(text) from public;

-- functions/models/create_embedding_table.sql
-- One table for each model version, typed with its dimension, without its HNSW index: loading first and building
-- the index after is six times faster (ensure_vector_index). Runs as the owner, so that whoever adds a model, the table
-- gets the rights and policies of the others.
create or replace function create_embedding_table(model_version_id int, dimension int) returns void
language plpgsql volatile security definer
set search_path from current
as $$
begin
    execute format(
        'create table %s (
            chunk_id bigint not null,
            unit smallint not null,
            repository_id int not null,
            text_hash uuid not null,
            token_count int not null,
            kept_tokens int not null,
            embedding halfvec(%s) not null,
            primary key (chunk_id, unit, repository_id),
            foreign key (chunk_id, repository_id) references codesearch.chunk (chunk_id, repository_id) on delete cascade
        )', embedding_table(model_version_id), dimension);
    -- TOASTed vectors cost a second look-up for each distance.
    execute format('alter table %s alter embedding set storage plain', embedding_table(model_version_id));
    execute format('create index on %s (repository_id)', embedding_table(model_version_id));
    execute format('create index on %s (text_hash)', embedding_table(model_version_id));
    execute format('comment on table %s is %L', embedding_table(model_version_id),
        'Embeddings of one model version: one for each text of a chunk.');
    perform apply_table_privileges(embedding_table(model_version_id)::regclass);
    if (select c.relrowsecurity from pg_class c where c.oid = 'codesearch.repository'::regclass) then
        perform protect_table(embedding_table(model_version_id)::regclass);
    end if;
end
$$;
comment on function create_embedding_table(int, int) is 'Creates the typed table for a model version''s embeddings.';
revoke all on function create_embedding_table(int, int) from public;

-- functions/models/drop_model.sql
-- Removes a model version with its vectors and artefact; the active one is refused. Models that were trained from it keep
-- its name in their configuration.
create or replace function drop_model(name text) returns void
language plpgsql volatile security definer
set search_path from current
set lock_timeout = '10s'
as $$
declare
    doomed model_version;
begin
    perform pg_advisory_xact_lock(1886872439, 0);
    doomed := named_model(drop_model.name);
    if doomed.status = 'active' then
        raise exception using errcode = 'CS010', message = format('model version %L answers the searches', drop_model.name),
            hint = 'activate another one first, or codesearch.rollback_model()';
    end if;
    execute format('drop table if exists %s', embedding_table(doomed.model_version_id));
    update model_version m set parent_id = null, configuration = m.configuration || jsonb_build_object('parent', doomed.name)
    where m.parent_id = doomed.model_version_id;
    delete from model_version m where m.model_version_id = doomed.model_version_id;
end
$$;
comment on function drop_model(text) is 'Removes a model version with its vectors and artefact; the active one is refused.';
revoke all on function drop_model(text) from public;

-- functions/models/embed_query.sql
-- The embedding of a query by the active model, or a named one, computed in the server. It needs PL/Python there
-- and the function that `pgcodesearch init` installs then (plpython/embed_in_server.sql).
create or replace function embed_query(query text, model text default null) returns halfvec
language plpgsql volatile
set search_path from current
as $$
declare
    model_id int := resolve_model(model);
    embedding real [];
begin
    if query is null or query !~ '\S' then
        raise exception using errcode = 'CS001', message = 'the query is empty', hint = 'there is nothing to embed';
    elsif model_id is null then
        raise exception using errcode = 'CS002', message = 'no model version is active',
            hint = 'register the one that ships with: pgcodesearch init';
    elsif to_regprocedure('codesearch.embed_in_server(text,integer)') is null then
        raise exception using errcode = 'CS005', message = 'this server can''t embed queries itself',
            hint = 'pass query_embedding (pgcodesearch search does), search with mode => ''lexical'', or, as superuser where the server'
                || ' has plpython3u and the package: create extension plpython3u; then run: pgcodesearch init';
    end if;
    execute 'select codesearch.embed_in_server($1, $2)' into embedding using query, model_id;
    return embedding::halfvec;
end
$$;
comment on function embed_query(text, text) is 'The embedding of a query by the active or a named model, computed in the server.';

-- functions/models/embedding_table.sql
-- The name of a model version's embedding table, quoted for dynamic SQL.
create or replace function embedding_table(model_version_id int) returns text
language sql immutable strict parallel safe
as $$
    select 'codesearch.embedding_' || model_version_id
$$;
comment on function embedding_table(int) is 'The name of a model version''s embedding table.';

-- functions/models/ensure_vector_index.sql
-- Builds the HNSW index of a model version once there is something to index; true where it built one. Runs as the
-- owner: indexing workers may not change tables.
create or replace function ensure_vector_index(model_version_id int) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
declare
    table_name text := embedding_table(model_version_id);
    worth_it boolean;
begin
    if exists (select from pg_index i join pg_class c on c.oid = i.indexrelid
               join pg_am a on a.oid = c.relam
               where i.indrelid = table_name::regclass and a.amname = 'hnsw' and i.indisvalid) then
        return false;
    end if;
    execute format('select exists (select from %s offset %s)', table_name, setting_number('vector.index_from')::int) into worth_it;
    if not worth_it then
        return false;
    end if;
    execute format('create index on %s using hnsw (embedding halfvec_cosine_ops) with (m = %s, ef_construction = %s)',
        table_name, setting_number('vector.m')::int, setting_number('vector.ef_construction')::int);
    execute format('analyze %s', table_name);
    return true;
end
$$;
comment on function ensure_vector_index(int) is 'Builds the HNSW index of a model version once there is something to index.';
revoke all on function ensure_vector_index(int) from public;

-- functions/models/forget_stale_embeddings.sql
-- Removes vectors whose text is no longer the chunk's, for the files in incoming_text.
create or replace function forget_stale_embeddings(model_version_id int) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    execute format(
        'delete from %s e using pg_temp.incoming_chunk i
         where e.chunk_id = i.chunk_id and not i.is_new
           and not exists (select from codesearch.chunk_text t
                           where t.chunk_id = e.chunk_id and t.unit = e.unit and t.text_hash = e.text_hash)',
        embedding_table(model_version_id));
end
$$;
comment on function forget_stale_embeddings(int) is 'Removes vectors whose text is no longer the chunk''s.';
revoke all on function forget_stale_embeddings(int) from public;

-- functions/models/named_model.sql
-- The row of a model version by name, locked against another switch; an error where there is none.
create or replace function named_model(name text) returns model_version
language plpgsql volatile
set search_path from current
as $$
declare
    found_model model_version;
begin
    select m.* into found_model from model_version m where m.name = named_model.name for no key update;
    if found_model.model_version_id is null then
        raise exception using errcode = 'CS002', message = format('there is no model version %L', named_model.name),
            hint = 'select name, status from codesearch.model_version lists them';
    end if;
    return found_model;
end
$$;
comment on function named_model(text) is 'The row of a model version by name, locked against another switch.';
revoke all on function named_model(text) from public;

-- functions/models/pending_texts.sql
-- The texts of some files that have no vector of a model version yet.
create or replace function pending_texts(model_version_id int, files bigint [])
returns table (file_id bigint, chunk_id bigint, unit smallint, repository_id int, text_hash uuid, text text)
language plpgsql stable
set search_path from current
as $$
begin
    return query execute format(
        'select c.file_id, t.chunk_id, t.unit, t.repository_id, t.text_hash, t.text
         from codesearch.chunk c
         join codesearch.chunk_text t on t.chunk_id = c.chunk_id
         where c.file_id = any($1)
           and not exists (select from %s e where e.chunk_id = t.chunk_id and e.unit = t.unit and e.text_hash = t.text_hash)
         order by t.chunk_id, t.unit', embedding_table(model_version_id))
    using files;
end
$$;
comment on function pending_texts(int, bigint []) is 'The texts of some files that have no vector of a model version yet.';

-- functions/models/prune_query_embeddings.sql
-- Keeps the most recently used query embeddings of models in use, up to query_cache.max_entries; returns how many went. The
-- counts of those that go are kept, so that the hit rate stays true.
create or replace function prune_query_embeddings() returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    most int := setting_number('query_cache.max_entries');
    removed int;
begin
    with ranked as (
        select c.ctid as place, m.status not in ('active', 'candidate') as unused,
               row_number() over (order by c.used_at desc) as age_rank
        from query_embedding_cache c join model_version m on m.model_version_id = c.model_version_id),
    gone as (
        delete from query_embedding_cache
        where ctid in (select c.ctid from query_embedding_cache c
                       where c.ctid in (select r.place from ranked r where r.unused or r.age_rank > most) for update skip locked)
        returning model_version_id, hits),
    counted as (
        insert into query_embedding_count as t (model_version_id, hits, misses)
        select g.model_version_id, sum(g.hits), count(*) from gone g group by g.model_version_id
        on conflict (model_version_id) do update set hits = t.hits + excluded.hits, misses = t.misses + excluded.misses)
    select count(*) into removed from gone;
    return removed;
end
$$;
comment on function prune_query_embeddings() is 'Keeps the most recently used query embeddings; returns how many went.';
revoke all on function prune_query_embeddings() from public;

-- functions/models/query_embedding_for.sql
-- The embedding of a query for a search that was given none: from the cache, else computed; null where the server can't
-- (no PL/Python, no model), so that the lexical leg answers alone. Never waits for another session. Under row-level
-- security each role has cache entries of its own: how fast an answer comes tells nobody what others asked.
create or replace function query_embedding_for(query text, model_version_id int) returns halfvec
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := query_embedding_for.model_version_id;
    model_name text := (select m.name from model_version m where m.model_version_id = wanted);
    writable boolean := not current_setting('transaction_read_only')::boolean;
    separate boolean := (select c.relrowsecurity from pg_class c where c.oid = 'codesearch.query_log'::regclass);
    hash uuid := md5(case when separate then asking_role()::text || e'\x01' else '' end || query)::uuid;
    found_embedding halfvec;
begin
    if model_name is null or query is null or query !~ '\S' or length(query) > setting_number('query.max_length')
       or to_regprocedure('codesearch.embed_in_server(text,integer)') is null then
        return null;
    end if;
    -- As in log_query: a search that is a transaction of its own does not wait for the disk.
    if writable and statement_timestamp() = transaction_timestamp() and pg_current_xact_id_if_assigned() is null then
        perform set_config('synchronous_commit', 'off', true);
    end if;
    select c.embedding into found_embedding from query_embedding_cache c
    where c.model_version_id = wanted and c.query_hash = hash;
    if found then
        if writable then
            update query_embedding_cache set hits = hits + 1, used_at = clock_timestamp()
            where ctid in (select c.ctid from query_embedding_cache c
                           where c.model_version_id = wanted and c.query_hash = hash for update skip locked);
        end if;
        return found_embedding;
    end if;
    begin
        found_embedding := embed_query(query, model_name);
    exception when others then
        raise warning using message = format('the query was not embedded: %s', sqlerrm),
            hint = 'the answer is lexical only; see the server''s log, or pass query_embedding';
        return null;
    end;
    if writable and pg_try_advisory_xact_lock(1886872437, hashtext(hash::text)) then
        insert into query_embedding_cache (model_version_id, query_hash, embedding) values (wanted, hash, found_embedding)
        on conflict (model_version_id, query_hash) do nothing;
        if random() < 0.004 then
            perform prune_query_embeddings();
        end if;
    end if;
    return found_embedding;
end
$$;
comment on function query_embedding_for(text, int) is
'The embedding of a query from the cache or computed in the server; null where the server can''t.';
revoke all on function query_embedding_for(text, int) from public;

-- functions/models/queue_missing_embeddings.sql
-- Queues what has neither a vector nor a job: after a restore without the queue, or a lost job. Counts are compared first,
-- because almost always nothing is missing and looking for it reads every text.
create or replace function queue_missing_embeddings(repository_id int) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    model record;
    wanted int := queue_missing_embeddings.repository_id;
    queued int := 0;
    added int;
begin
    for model in select m.model_version_id from model_version m where m.status in ('active', 'candidate')
                 order by m.model_version_id loop
        continue when exists (
            select from index_job j
            where j.repository_id = wanted and j.stage = 'embed' and j.model_version_id = model.model_version_id);
        continue when coalesce((select c.total_texts <= c.embedded_texts from embedding_coverage(model.model_version_id) c
                                where c.repository_id = wanted), true);
        execute format(
            'insert into codesearch.index_job (repository_id, file_id, stage, model_version_id)
             select distinct c.repository_id, c.file_id, ''embed'', %2$s
             from codesearch.chunk_text t
             join codesearch.chunk c on c.chunk_id = t.chunk_id
             where t.repository_id = $1
               and not exists (select from %1$s e where e.chunk_id = t.chunk_id and e.unit = t.unit and e.text_hash = t.text_hash)
             order by 2
             on conflict (file_id, stage, model_version_id) do nothing',
            embedding_table(model.model_version_id), model.model_version_id)
        using wanted;
        get diagnostics added = row_count;
        queued := queued + added;
    end loop;
    return queued;
end
$$;
comment on function queue_missing_embeddings(int) is 'Queues texts of a repository that have neither a vector nor a job.';

-- functions/models/retire_model.sql
-- Stops keeping up a model version's vectors; they and the artefact stay. pgcodesearch models backfill brings it back.
create or replace function retire_model(name text) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    tired model_version;
begin
    perform pg_advisory_xact_lock(1886872439, 0);
    tired := named_model(retire_model.name);
    if tired.status = 'active' then
        raise exception using errcode = 'CS010', message = format('model version %L answers the searches', retire_model.name),
            hint = 'activate another one first';
    end if;
    update model_version m set status = 'retired' where m.model_version_id = tired.model_version_id and m.status = 'candidate';
    delete from index_job j where j.model_version_id = tired.model_version_id;
end
$$;
comment on function retire_model(text) is 'Stops keeping up a model version''s vectors; they and the artefact stay.';
revoke all on function retire_model(text) from public;

-- functions/models/reuse_embeddings.sql
-- Gives the texts of some files the vectors that the same texts have elsewhere: on another branch, in another repository.
-- SECURITY DEFINER: identical text may stand in a repository that the caller can't see; only vectors are copied, of
-- texts that the caller's own files hold, so nothing is learnt that embedding would not tell, save that it was quick.
create or replace function reuse_embeddings(model_version_id int, files bigint []) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    reused int;
begin
    execute format(
        'insert into %1$s (chunk_id, unit, repository_id, text_hash, token_count, kept_tokens, embedding)
         select m.chunk_id, m.unit, m.repository_id, m.text_hash, e.token_count, e.kept_tokens, e.embedding
         from (select t.chunk_id, t.unit, t.repository_id, t.text_hash
               from codesearch.chunk c
               join codesearch.chunk_text t on t.chunk_id = c.chunk_id
               where c.file_id = any($1)
                 and not exists (select from %1$s o where o.chunk_id = t.chunk_id and o.unit = t.unit)
               order by t.chunk_id, t.unit
               for key share of c, t skip locked) m
         cross join lateral (select s.token_count, s.kept_tokens, s.embedding from %1$s s
                             where s.text_hash = m.text_hash limit 1) e
         on conflict (chunk_id, unit, repository_id) do nothing', embedding_table(model_version_id))
    using files;
    get diagnostics reused = row_count;
    return reused;
end
$$;
comment on function reuse_embeddings(int, bigint []) is 'Gives texts of some files the vectors that the same texts have elsewhere.';
revoke all on function reuse_embeddings(int, bigint []) from public;

-- functions/models/rollback_model.sql
-- Undoes the newest switch of the active model, at once and whatever the other's vectors lack; again to go further
-- back. What was undone stays a candidate. Returns the name of the model that answers now.
create or replace function rollback_model() returns text
language plpgsql volatile security definer
set search_path from current
as $$
declare
    newest model_activation;
    back_to model_version;
begin
    perform pg_advisory_xact_lock(1886872439, 0);
    select a.* into newest from model_activation a where a.rolled_back_at is null order by a.activation_id desc limit 1;
    select m.* into back_to from model_version m where m.model_version_id = newest.previous_id;
    if back_to.model_version_id is null then
        raise exception using errcode = 'CS010', message = 'there is no model version to go back to',
            hint = 'it was the first, or the one before was dropped; to switch use codesearch.activate_model';
    elsif back_to.status not in ('candidate', 'active') then
        raise warning using message = format('model version %L was %s: newer texts have no vector of it', back_to.name, back_to.status),
            hint = format('pgcodesearch models backfill %s', back_to.name);
    end if;
    update model_activation a set rolled_back_at = clock_timestamp() where a.activation_id = newest.activation_id;
    update model_version m set status = 'candidate' where m.status = 'active';
    update model_version m set status = 'active', activated_at = now() where m.model_version_id = back_to.model_version_id;
    return back_to.name;
end
$$;
comment on function rollback_model() is 'Undoes the newest switch of the active model; returns the name of the model that answers now.';
revoke all on function rollback_model() from public;

-- functions/models/store_embeddings.sql
-- Stores vectors of one model version; a vector whose text changed meanwhile is dropped, its file has a newer job. So is
-- one whose chunk is being replaced right now: waiting with others in hand could deadlock with replace_chunks.
create or replace function store_embeddings(
    model_version_id int, chunk_ids bigint [], units smallint [], text_hashes uuid [],
    token_counts int [], kept_tokens int [], embeddings halfvec []
) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    stored int;
    expected int := (select m.dimension from model_version m where m.model_version_id = store_embeddings.model_version_id);
    given int := (select max(vector_dims(e)) from unnest(embeddings) e);
begin
    if given is distinct from expected and cardinality(embeddings) > 0 then
        raise exception using errcode = 'CS003',
            message = format('embeddings have %s dimensions, model version %s has %s', given, model_version_id, expected),
            hint = 'embed with the model that codesearch.model_version names';
    end if;
    execute format(
        'insert into %1$s as e (chunk_id, unit, repository_id, text_hash, token_count, kept_tokens, embedding)
         select t.chunk_id, t.unit, t.repository_id, t.text_hash, n.token_count, n.kept_tokens, n.embedding
         from unnest($1, $2, $3, $4, $5, $6) as n(chunk_id, unit, text_hash, token_count, kept_tokens, embedding)
         join codesearch.chunk_text t on t.chunk_id = n.chunk_id and t.unit = n.unit and t.text_hash = n.text_hash
         join codesearch.chunk c on c.chunk_id = t.chunk_id
         for key share of c, t skip locked
         on conflict (chunk_id, unit, repository_id) do update
             set text_hash = excluded.text_hash, embedding = excluded.embedding,
                 token_count = excluded.token_count, kept_tokens = excluded.kept_tokens
             where e.text_hash is distinct from excluded.text_hash', embedding_table(model_version_id))
    using chunk_ids, units, text_hashes, token_counts, kept_tokens, embeddings;
    get diagnostics stored = row_count;
    return stored;
end
$$;
comment on function store_embeddings(int, bigint [], smallint [], uuid [], int [], int [], halfvec []) is
'Stores vectors of one model version for texts that are still the chunks'' own.';

-- functions/models/switch_model.sql
-- Flips the active model version and writes it down. The caller holds the lock of activate_model.
create or replace function switch_model(wanted_id int, reason text) returns bigint
language plpgsql volatile
set search_path from current
as $$
declare
    previous int := (select m.model_version_id from model_version m where m.status = 'active');
    activation bigint;
begin
    update model_version m set status = 'candidate' where m.model_version_id = previous;
    update model_version m set status = 'active', activated_at = now() where m.model_version_id = wanted_id;
    insert into model_activation (model_version_id, previous_id, reason) values (wanted_id, previous, switch_model.reason)
    returning activation_id into activation;
    return activation;
end
$$;
comment on function switch_model(int, text) is 'Flips the active model version and writes it down.';
revoke all on function switch_model(int, text) from public;

-- functions/models/vector_index.sql
-- The valid HNSW index of a model version, null where there is none.
create or replace function vector_index(model_version_id int) returns regclass
language sql stable
set search_path from current
as $$
    select i.indexrelid::regclass
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_am a on a.oid = c.relam
    where i.indrelid = to_regclass(embedding_table(vector_index.model_version_id)) and a.amname = 'hnsw' and i.indisvalid
    limit 1
$$;
comment on function vector_index(int) is 'The valid HNSW index of a model version.';

-- functions/operate/apply_privileges.sql
-- Gives the three roles their rights on every object of the schema, and nobody else any. A function that runs as its
-- caller gives no one more than the tables do, so every reader may call it, save those that change rights; SECURITY
-- DEFINER ones are for administrators unless named here. Runs at every install and upgrade, and by hand once roles exist that
-- the installing role could not create.
create or replace function apply_privileges() returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
    item record;
    for_owner text [] := '{apply_privileges,apply_table_privileges,protect_table,enable_row_level_security,disable_row_level_security,
        maintain_step,measure_vector_recall,prune_logs,prune_query_embeddings}';
    for_readers text [] := '{log_query,query_embedding_for,record_feedback}';
    for_writers text [] := '{ensure_vector_index,reuse_embeddings}';
begin
    if (select count(*) from pg_roles where rolname in ('codesearch_reader', 'codesearch_writer', 'codesearch_admin')) < 3 then
        return false;
    end if;
    grant usage on schema codesearch to codesearch_reader, codesearch_writer, codesearch_admin;
    grant usage on all sequences in schema codesearch to codesearch_writer, codesearch_admin;
    for item in
        select p.oid::regprocedure as name, p.proname = any(for_readers) or not p.prosecdef as reading, p.proname = any(for_writers) as writing,
               p.proname = any(for_owner) as owning
        from pg_proc p
        where p.pronamespace = 'codesearch'::regnamespace and p.prorettype <> 'trigger'::regtype
    loop
        execute format('revoke all on routine %s from public', item.name);
        continue when item.owning;
        execute format('grant execute on routine %s to codesearch_admin', item.name);
        if item.writing then
            execute format('grant execute on routine %s to codesearch_writer', item.name);
        elsif item.reading then
            execute format('grant execute on routine %s to codesearch_reader, codesearch_writer', item.name);
        end if;
    end loop;
    for item in
        select c.oid::regclass as name from pg_class c
        where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p', 'v')
    loop
        perform apply_table_privileges(item.name);
    end loop;
    return true;
end
$$;
comment on function apply_privileges() is
'Gives the roles codesearch_reader, _writer and _admin their rights; false where they are not all there.';
revoke all on function apply_privileges() from public;

-- functions/operate/apply_table_privileges.sql
-- Gives the three roles their rights on one table or view. Readers read what belongs to a repository or to a query,
-- and views that run as their caller; writers write what indexing writes; administrators everything.
create or replace function apply_table_privileges(wanted regclass) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    relation pg_class := (select c from pg_class c where c.oid = wanted);
    columns name [] := array(select a.attname from pg_attribute a where a.attrelid = wanted and a.attnum > 0);
begin
    if not exists (select from pg_roles where rolname = 'codesearch_admin') then
        return;
    end if;
    if relation.relkind = 'v' then
        execute format('grant select on %s to codesearch_admin', wanted);
        if 'security_invoker=true' = any(relation.reloptions) then
            execute format('grant select on %s to codesearch_reader, codesearch_writer', wanted);
        end if;
        return;
    end if;
    execute format('grant select, insert, update, delete on %s to codesearch_admin', wanted);
    if relation.relname in ('query_log', 'setting', 'model_artefact', 'alembic_version') or columns && '{repository_id,query_id}' then
        execute format('grant select on %s to codesearch_reader, codesearch_writer', wanted);
    elsif relation.relname = 'model_version' then
        -- Not its metrics: they name the repositories a model was judged on.
        grant select (model_version_id, name, status, dimension, max_tokens, configuration, settings, parent_id, created_at, activated_at)
        on model_version to codesearch_reader, codesearch_writer;
    end if;
    if relation.relname in ('source_file', 'skipped_file', 'chunk', 'chunk_text', 'chunk_call', 'index_job')
       or relation.relname ~ '^embedding_[0-9]+$' then
        execute format('grant insert, update, delete on %s to codesearch_writer', wanted);
    elsif relation.relname in ('posting', 'lexical_statistic', 'lexical_norm') then
        execute format('grant insert, delete on %s to codesearch_writer', wanted);
    elsif relation.relname = 'repository' then
        -- Not its name: a name that is taken would tell of a repository one can't see.
        grant insert, update (root, indexed_commit, indexed_at, last_error), delete on repository to codesearch_writer;
    end if;
end
$$;
comment on function apply_table_privileges(regclass) is 'Gives the three roles their rights on one table or view.';
revoke all on function apply_table_privileges(regclass) from public;

-- functions/operate/asking_role.sql
-- The role a session acts as, also when asked inside SECURITY DEFINER, where current_user is the function's owner.
create or replace function asking_role() returns name
language sql stable parallel restricted
set search_path from current
as $$
    select coalesce(nullif(current_setting('role'), 'none'), session_user)::name
$$;
comment on function asking_role() is 'The role a session acts as, also when asked inside SECURITY DEFINER.';

-- functions/operate/change_setting.sql
-- Changes a setting, or with null brings back its default.
create or replace function change_setting(name text, value jsonb) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    if not exists (select from default_settings() d where d.name = change_setting.name) then
        raise exception using errcode = 'CS001', message = format('there is no setting %L', name),
            hint = 'select name, value, description from codesearch.settings';
    end if;
    if value is null or value = 'null' then
        delete from setting s where s.name = change_setting.name;
    else
        if jsonb_typeof(value) <> (select jsonb_typeof(d.value) from default_settings() d where d.name = change_setting.name) then
            raise exception using errcode = 'CS001', message = format('setting %s can''t be %s', name, value),
                hint = format('its default is %s', (select d.value from default_settings() d where d.name = change_setting.name));
        end if;
        insert into setting as s (name, value) values (change_setting.name, change_setting.value)
        on conflict on constraint setting_pkey do update set value = excluded.value, changed_at = now();
    end if;
end
$$;
comment on function change_setting(text, jsonb) is 'Changes a setting, or with null brings back its default.';

-- functions/operate/current_setting_value.sql
-- A setting by name: the database's own value, else the default.
create or replace function current_setting_value(name text) returns jsonb
language sql stable strict parallel safe
as $$
    select coalesce((select s.value from codesearch.setting s where s.name = current_setting_value.name),
                    codesearch.default_setting_values() -> name)
$$;
comment on function current_setting_value(text) is 'A setting by name: the database''s own value, else the default.';

-- functions/operate/current_settings.sql
-- All settings as one object: defaults, overridden by the model version's own, overridden by the database's.
create or replace function current_settings(model_version_id int default null) returns jsonb
language sql stable parallel safe
as $$
    select codesearch.default_setting_values()
        || coalesce((select m.settings from codesearch.model_version m where m.model_version_id = current_settings.model_version_id), '{}')
        || coalesce((select jsonb_object_agg(s.name, s.value) from codesearch.setting s), '{}')
$$;
comment on function current_settings(int) is 'All settings as one object: defaults, the model version''s own, the database''s own.';

-- functions/operate/default_setting_values.sql
-- The defaults of all settings, as a constant: a search reads dozens. default_settings says what each is for.
create or replace function default_setting_values() returns jsonb
language sql immutable parallel safe
as $$
    select '{
    "fusion.method": "score",
    "fusion.rrf_k": 60,
    "fusion.lexical.identifier": 0.7,
    "fusion.lexical.mixed": 0.35,
    "fusion.lexical.semantic": 0.2,
    "lexical.k1": 1.5,
    "lexical.b": 0.75,
    "lexical.weight.name": 2,
    "lexical.weight.path": 2,
    "lexical.weight.documentation": 0.5,
    "lexical.weight.text": 1,
    "lexical.z_limit": 12,
    "query.stop_words": ["a","an","and","are","as","at","be","been","by","can","do","doe","for","from","get","how","i","if","in","into","is","it","its","my","of","on","or","so","than","that","the","their","them","then","there","these","they","thi","to","use","was","what","when","where","which","while","who","whi","will","with","without","you","your"],
    "query.max_length": 10000,
    "search.candidates": 60,
    "search.per_file": 6,
    "search.repeat_penalty": 0.3,
    "search.max_results": 1000,
    "search.snippet_lines": 12,
    "signal.is_name": 3,
    "signal.has_name": 1,
    "signal.has_symbol": 1.5,
    "signal.calls_name": 0.6,
    "signal.name_words": 0.25,
    "signal.path_words": 0.5,
    "signal.phrase": 3,
    "signal.callee": 0.2,
    "signal.caller": 0.2,
    "signal.graph_definitions": 1,
    "signal.file": 0.25,
    "signal.path.test": -2,
    "signal.path.example": -1,
    "signal.path.generated": -1.5,
    "signal.path.vendored": -1.5,
    "signal.path.legacy": -1,
    "signal.path.docs": -1,
    "signal.path.entry": -0.25,
    "signal.kind.function": 0,
    "signal.kind.method": 0,
    "signal.kind.class": -0.15,
    "signal.kind.block": -0.3,
    "signal.kind.module": 0,
    "vector.ef_search": 120,
    "vector.m": 32,
    "vector.ef_construction": 200,
    "vector.index_from": 1000,
    "vector.overfetch": 2,
    "vector.exact_below": 5000,
    "vector.mean": 0.15,
    "vector.deviation": 0.09,
    "vector.share_window": 0.5,
    "vector.share_summary": 0,
    "log.enabled": true,
    "log.query_text": true,
    "log.retention_days": 180,
    "feedback.retention_days": 365,
    "feedback.position_bias": 0.5,
    "feedback.near_duplicate": 0.8,
    "maintenance.retention_days": 90,
    "maintenance.min_recall": 0.95,
    "maintenance.recall_samples": 30,
    "query_cache.max_entries": 10000
    }'::jsonb
$$;
comment on function default_setting_values() is 'The defaults of all settings.';

-- functions/operate/default_settings.sql
-- The settings with their defaults and what each is for; the table setting holds what a database changed (change_setting).
create or replace function default_settings() returns table (name text, value jsonb, description text)
language sql immutable parallel safe rows 60
as $$
select d.name, codesearch.default_setting_values() -> d.name, d.description
from (values
    ('fusion.method', 'score: weighted sum of standardised scores; rrf: weighted reciprocal rank fusion'),
    ('fusion.rrf_k', 'k of reciprocal rank fusion'),
    ('fusion.lexical.identifier', 'weight of the lexical leg for identifier queries; the vector leg has the rest'),
    ('fusion.lexical.mixed', 'weight of the lexical leg for mixed queries'),
    ('fusion.lexical.semantic', 'weight of the lexical leg for semantic queries'),
    ('lexical.k1', 'BM25 term frequency saturation'),
    ('lexical.b', 'BM25 length normalisation'),
    ('lexical.weight.name', 'what an occurrence in name and scope counts, beside the one in the text'),
    ('lexical.weight.path', 'what an occurrence in the path counts'),
    ('lexical.weight.documentation', 'what an occurrence in signature or documentation counts, beside the one in the text'),
    ('lexical.weight.text', 'what an occurrence in the text counts'),
    ('lexical.z_limit', 'standardised lexical scores are cut here'),
    ('query.stop_words', 'stemmed words left out of queries that have others'),
    ('query.max_length', 'longer queries are refused'),
    ('search.candidates', 'candidates taken from each leg'),
    ('search.per_file', 'most results from one file'),
    ('search.repeat_penalty', 'each further result of one file loses this much'),
    ('search.max_results', 'largest k'),
    ('search.snippet_lines', 'lines of a snippet'),
    ('signal.is_name', 'the query is the name of the chunk'),
    ('signal.has_name', 'the query contains the name of the chunk'),
    ('signal.has_symbol', 'the query contains the qualified name of the chunk'),
    ('signal.calls_name', 'the chunk calls a name that the query contains'),
    ('signal.name_words', 'times the share of query words in the name'),
    ('signal.path_words', 'times the share of query words in file and folder name'),
    ('signal.phrase', 'the chunk contains the query literally (12 characters or more)'),
    ('signal.callee', 'times the best score among the functions it calls'),
    ('signal.caller', 'times the best score among its callers'),
    ('signal.graph_definitions', 'names defined more often among the candidates carry no graph signal'),
    ('signal.file', 'times the summed candidates of the file, as a share of the best file'),
    ('signal.path.test', 'tests, unless asked for'),
    ('signal.path.example', 'examples and benchmarks, unless asked for'),
    ('signal.path.generated', 'generated code, unless asked for'),
    ('signal.path.vendored', 'vendored code, unless asked for'),
    ('signal.path.legacy', 'legacy code, unless asked for'),
    ('signal.path.docs', 'documentation files, unless asked for'),
    ('signal.path.entry', 'files that mostly re-export (__init__.py, index.ts, mod.rs)'),
    ('signal.kind.function', 'functions'),
    ('signal.kind.method', 'methods'),
    ('signal.kind.class', 'classes'),
    ('signal.kind.block', 'code outside of functions and classes'),
    ('signal.kind.module', 'files as a whole'),
    ('vector.ef_search', 'HNSW candidate list; recall against speed'),
    ('vector.m', 'HNSW links of a node, for new indexes'),
    ('vector.ef_construction', 'HNSW candidate list when building, for new indexes'),
    ('vector.index_from', 'vectors from which an HNSW index is worth it'),
    ('vector.overfetch', 'vectors read for each wanted chunk, since a long chunk has several'),
    ('vector.exact_below', 'filters that leave fewer chunks are answered by exact distances'),
    ('vector.mean', 'mean cosine between a query and unrelated code, for this model'),
    ('vector.deviation', 'standard deviation of that cosine'),
    ('vector.share_window', 'share of the best window in a chunk''s cosine'),
    ('vector.share_summary', 'share of the text of names and comments in a chunk''s cosine, where such texts were made'),
    ('log.enabled', 'whether searches are logged'),
    ('log.query_text', 'whether the text is kept, or a hash only'),
    ('log.retention_days', 'days that logged searches are kept; 0 keeps all'),
    ('feedback.retention_days', 'days that feedback, its search and the texts it showed are kept; 0 keeps all'),
    ('feedback.position_bias', 'a positive at rank r weighs r to this power: lower ranks are looked at less often'),
    ('feedback.near_duplicate', 'share of common terms from which a shown chunk counts as a copy of the positive'),
    ('maintenance.retention_days', 'days that the maintenance log and the recall series are kept; 0 keeps all'),
    ('maintenance.min_recall', 'recall of a vector index below which it is rebuilt'),
    ('maintenance.recall_samples', 'queries asked for each measure of recall'),
    ('query_cache.max_entries', 'query embeddings kept')
) as d(name, description)
$$;
comment on function default_settings() is 'The settings with their defaults and what each is for.';

-- functions/operate/disable_row_level_security.sql
-- Takes row-level security off again; the grants in repository_access stay.
create or replace function disable_row_level_security() returns void
language plpgsql volatile
set search_path from current
as $$
declare
    item regclass;
begin
    for item in
        select c.oid::regclass from pg_class c where c.relnamespace = 'codesearch'::regnamespace and c.relrowsecurity
    loop
        execute format('drop policy if exists tenant on %s', item);
        execute format('drop policy if exists administrator on %s', item);
        execute format('alter table %s disable row level security', item);
    end loop;
    delete from row_level_security;
end
$$;
comment on function disable_row_level_security() is 'Takes row-level security off again.';
revoke all on function disable_row_level_security() from public;

-- functions/operate/embedding_coverage.sql
-- How many texts each repository has, and how many of them have a vector of a model version.
create or replace function embedding_coverage(model_version_id int)
returns table (repository_id int, total_texts bigint, embedded_texts bigint)
language plpgsql stable rows 20
set search_path from current
as $$
begin
    if model_version_id is null then
        return query select t.repository_id, count(*), 0::bigint from chunk_text t group by t.repository_id;
        return;
    end if;
    return query execute format(
        'select t.repository_id, t.n, coalesce(e.n, 0)
         from (select repository_id, count(*) as n from codesearch.chunk_text group by 1) t
         left join (select repository_id, count(*) as n from %s group by 1) e using (repository_id)', embedding_table(model_version_id));
end
$$;
comment on function embedding_coverage(int) is 'How many texts each repository has, and how many have a vector of a model version.';

-- functions/operate/enable_row_level_security.sql
-- Shows every role only the repositories it was granted (grant_repository) and the queries it asked. The owner of the
-- tables and superusers still see everything. Policies are made here because CREATE EXTENSION scripts can't hold
-- them; later embedding tables and the tables of later versions get theirs by themselves. Run by the owner.
create or replace function enable_row_level_security() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    item regclass;
    protected int := 0;
begin
    for item in
        select c.oid::regclass from pg_class c
        where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p') order by c.relname
    loop
        protected := protected + protect_table(item)::int;
    end loop;
    insert into row_level_security select where not exists (select from row_level_security);
    return protected;
end
$$;
comment on function enable_row_level_security() is
'Shows every role only the repositories it was granted and the queries it asked; returns how many tables are protected.';
revoke all on function enable_row_level_security() from public;

-- functions/operate/grant_repository.sql
-- Lets a role see a repository under row-level security; null for the repository means every one, future ones too.
-- What the role may do there is decided by its membership in codesearch_reader or codesearch_writer.
create or replace function grant_repository(repository text, role name) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    wanted int;
begin
    if not exists (select from pg_roles r where r.rolname = grant_repository.role) then
        raise exception using errcode = 'undefined_object', message = format('there is no role %L', role),
            hint = 'create it first, and grant it codesearch_reader or codesearch_writer';
    end if;
    if repository is not null then
        wanted := (visible_repositories(repository))[1];
    end if;
    insert into repository_access (repository_id, role_name) values (wanted, grant_repository.role)
    on conflict do nothing;
end
$$;
comment on function grant_repository(text, name) is
'Lets a role see a repository under row-level security; null means every repository.';

-- functions/operate/maintain_step.sql
-- One step of run_maintenance: does it and says what came of it. Every step is safe to repeat.
create or replace function maintain_step(step text) returns text
language plpgsql volatile
set search_path from current
as $$
declare
    done int := 0;
    busy int := 0;
    item record;
begin
    case step
        when 'jobs' then
            return format('%s jobs requeued', requeue_expired_jobs());
        when 'embeddings' then
            select coalesce(sum(queue_missing_embeddings(r.repository_id)), 0) into done from repository r;
            return format('%s files queued for embedding', done);
        when 'lexical index' then
            for item in select r.repository_id from repository r order by r.repository_id loop
                -- One that is written to all the time must not keep the others waiting.
                begin
                    done := done + refresh_lexical_index(item.repository_id)::int;
                exception when lock_not_available then
                    busy := busy + 1;
                end;
            end loop;
            return format('%s repositories refreshed', done) || case when busy > 0 then format(', %s busy', busy) else '' end;
        when 'logs' then
            return format('%s rows removed', prune_logs());
        when 'query cache' then
            return format('%s entries removed', prune_query_embeddings());
        when 'vector index' then
            select count(*) into done from model_version m where m.status in ('active', 'candidate') and ensure_vector_index(m.model_version_id);
            return format('%s built', done);
        when 'vector recall' then
            return coalesce((select string_agg(format('%s: %s%s', m.name, round(v.recall::numeric, 3),
                                               case when v.needs_reindex then ', needs reindex' else '' end), '; ' order by m.name)
                             from model_version m cross join lateral measure_vector_recall(m.model_version_id) v
                             where m.status in ('active', 'candidate')), 'no vector index');
        when 'statistics' then
            for item in select s.relid::regclass as name from pg_stat_user_tables s
                        where s.schemaname = 'codesearch' and s.n_mod_since_analyze > 500 + 0.05 * s.n_live_tup order by s.relname loop
                execute format('analyze %s', item.name);
                done := done + 1;
            end loop;
            return format('%s tables analysed', done);
    end case;
end
$$;
comment on function maintain_step(text) is 'One step of run_maintenance: does it and says what came of it.';
revoke all on function maintain_step(text) from public;

-- functions/operate/measure_vector_recall.sql
-- Recall@10 of a model version's vector index against exact search, on queries that were asked (from the cache of
-- their embeddings), else on vectors of chunks. A vector as near as the tenth counts as found, so that equal texts
-- are no loss. Adds a row to vector_recall and returns it; nothing where there is no index.
create or replace function measure_vector_recall(model_version_id int, samples int default null) returns setof vector_recall
language plpgsql volatile
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
    wanted int := measure_vector_recall.model_version_id;
    source text := embedding_table(wanted);
    sampled halfvec [];
    asked int := coalesce(samples, setting_number('maintenance.recall_samples')::int);
    one halfvec;
    found_near int := 0;
    possible int := 0;
    near int;
    total int;
begin
    if vector_index(wanted) is null then
        return;
    end if;
    sampled := array(select c.embedding from query_embedding_cache c where c.model_version_id = wanted order by c.used_at desc limit asked);
    if cardinality(sampled) < asked then
        execute format('select array(select e.embedding from %s e order by random() limit %s)', source, asked) into sampled;
        asked := 0;
    end if;
    perform set_config('hnsw.ef_search', greatest(setting_number('vector.ef_search'), 10)::int::text, true);
    foreach one in array sampled loop
        execute format(
            'select count(*) filter (where n.distance <= x.farthest + 1e-6), max(x.total)
             from (select max(t.distance) as farthest, count(*) as total
                   from (select e.embedding <=> $1 as distance from %1$s e order by (e.embedding <=> $1) + 0 limit 10) t) x
             left join (select e.embedding <=> $1 as distance from %1$s e order by e.embedding <=> $1 limit 10) n on true', source)
        into near, total using one;
        found_near := found_near + near;
        possible := possible + total;
    end loop;
    return query
    insert into vector_recall (model_version_id, k, sample_count, sampled_from, ef_search, recall, needs_reindex)
    select wanted, 10, cardinality(sampled), case when asked = 0 then 'chunks' else 'queries' end,
           greatest(setting_number('vector.ef_search'), 10), found_near::float8 / possible,
           found_near::float8 / possible < setting_number('maintenance.min_recall')
    where possible > 0
    returning *;
end
$$;
comment on function measure_vector_recall(int, int) is 'Recall@10 of a model version''s vector index against exact search, kept in vector_recall.';
revoke all on function measure_vector_recall(int, int) from public;

-- functions/operate/own_roles.sql
-- The roles whose rights the caller has at once: itself and what it inherits. Policies compare names with these, so
-- that a grant to a role that was dropped, or not restored yet, is no error.
create or replace function own_roles() returns name []
language sql stable parallel safe
set search_path from current
as $$
    with recursive member as (
        select r.oid from pg_catalog.pg_roles r where r.rolname = current_user
        union
        select g.roleid from pg_catalog.pg_auth_members g join member m on g.member = m.oid)
    select array_agg(r.rolname order by r.rolname)
    from member m join pg_catalog.pg_roles r on r.oid = m.oid
    where pg_catalog.pg_has_role(m.oid, 'usage')
$$;
comment on function own_roles() is 'The roles whose rights the caller has at once.';

-- functions/operate/protect_table.sql
-- Puts one table under row-level security: rows of repositories the caller may see, or of queries the caller asked.
-- The look-ups stand in uncorrelated subqueries, so they run once a statement and not once a row.
create or replace function protect_table(wanted regclass) returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
    columns name [] := array(select a.attname from pg_attribute a where a.attrelid = wanted and a.attnum > 0 and not a.attisdropped);
    rules text [] := '{}';
begin
    if wanted = 'codesearch.repository_access'::regclass then
        rules := array['role_name = any (array(select unnest(codesearch.own_roles())))'];
    elsif wanted = 'codesearch.query_log'::regclass then
        rules := array['asked_by = current_user'];
    else
        if 'repository_id' = any(columns) then
            rules := rules || '(repository_id = any (array(select a.repository_id from codesearch.repository_access a))
                or exists (select from codesearch.repository_access a where a.repository_id is null))'::text;
        end if;
        if 'query_id' = any(columns) then
            rules := rules || format('exists (select from codesearch.query_log q where q.query_id = %s.query_id)', wanted);
        end if;
    end if;
    if rules = '{}' then
        return false;
    end if;
    execute format('alter table %s enable row level security', wanted);
    execute format('drop policy if exists tenant on %s', wanted);
    execute format('create policy tenant on %1$s using (%2$s) with check (%2$s)', wanted, array_to_string(rules, ' and '));
    execute format('drop policy if exists administrator on %s', wanted);
    if exists (select from pg_roles r where r.rolname = 'codesearch_admin') then
        execute format('create policy administrator on %s to codesearch_admin using (true) with check (true)', wanted);
    end if;
    return true;
end
$$;
comment on function protect_table(regclass) is 'Puts one table under row-level security; false where it has nothing to go by.';
revoke all on function protect_table(regclass) from public;

-- functions/operate/prune_logs.sql
-- Removes logged searches, maintenance steps and recall measures older than their retention settings. A search that has
-- feedback stays for feedback.retention_days where that is longer, and the texts it showed with it. Returns how many
-- rows went; rows that hang on a logged search are not counted.
create or replace function prune_logs() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    query_days int := setting_number('log.retention_days');
    feedback_days int := setting_number('feedback.retention_days');
    own_days int := setting_number('maintenance.retention_days');
    removed int;
    total int := 0;
begin
    delete from query_log q
    where query_days > 0 and q.asked_at < now() - query_days * interval '1 day'
      and ((feedback_days > 0 and q.asked_at < now() - feedback_days * interval '1 day')
           or not exists (select from query_feedback f where f.query_id = q.query_id));
    get diagnostics total = row_count;
    delete from query_feedback f where feedback_days > 0 and f.given_at < now() - feedback_days * interval '1 day';
    get diagnostics removed = row_count;
    total := total + removed;
    -- A moment's grace: the feedback that keeps a text may not be committed yet.
    delete from feedback_text t
    where t.kept_at < now() - interval '1 hour'
      and not exists (select from query_results r join query_feedback f on f.query_id = r.query_id where r.content_hash = t.content_hash);
    get diagnostics removed = row_count;
    total := total + removed;
    delete from maintenance_log m where own_days > 0 and m.started_at < now() - own_days * interval '1 day';
    get diagnostics removed = row_count;
    total := total + removed;
    delete from vector_recall v where own_days > 0 and v.measured_at < now() - own_days * interval '1 day';
    get diagnostics removed = row_count;
    return total + removed;
end
$$;
comment on function prune_logs() is 'Removes logged searches, feedback and maintenance rows older than their retention settings.';
revoke all on function prune_logs() from public;

-- functions/operate/requeue_expired_jobs.sql
-- Queues jobs whose worker gave no sign until its lease ended; claim_jobs does the same where workers still come. Leases
-- are compared with the clock, so one that a clock jump left far in the future is cut to what a lease may last.
create or replace function requeue_expired_jobs(longest interval default '1 hour') returns int
language plpgsql volatile
set search_path from current
as $$
declare
    requeued int;
begin
    update index_job j
    set state = case when j.attempts >= 10 then 'failed' else 'queued' end, worker = null, lease_until = null, run_after = clock_timestamp(),
        last_error = format('worker %s gave no sign until its lease ended', j.worker)
    where j.job_id in (select x.job_id from index_job x
                       where x.state = 'running'
                         and (x.lease_until < clock_timestamp() or x.lease_until > clock_timestamp() + longest)
                       order by x.job_id for update skip locked);
    get diagnostics requeued = row_count;
    -- A job that should run in the far future waits for a clock that was wrong.
    update index_job j set run_after = clock_timestamp()
    where j.state = 'queued' and j.run_after > clock_timestamp() + longest;
    if requeued > 0 then
        perform pg_notify('codesearch_jobs', '');
    end if;
    return requeued;
end
$$;
comment on function requeue_expired_jobs(interval) is 'Queues jobs whose worker gave no sign until its lease ended.';

-- functions/operate/revoke_repository.sql
-- Takes a repository from a role again; null takes the grant of every repository. True where there was a grant.
create or replace function revoke_repository(repository text, role name) returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
    wanted int;
begin
    if repository is not null then
        wanted := (visible_repositories(repository))[1];
    end if;
    delete from repository_access a
    where a.role_name = revoke_repository.role and a.repository_id is not distinct from wanted;
    return found;
end
$$;
comment on function revoke_repository(text, name) is 'Takes a repository from a role again; true where there was a grant.';

-- functions/operate/run_maintenance.sql
-- All that has to be done now and then, each step on its own: one that fails, or can't get a lock within seconds, is
-- reported and the others are done. What locks writers out comes last. Only one run at a time in a database. What needs statements of their own
-- (rebuilding a vector index without blocking, vacuum) is done by: pgcodesearch maintain.
create or replace function run_maintenance() returns table (step text, ok boolean, outcome text, duration_ms float8)
language plpgsql volatile security definer rows 8
set search_path from current
set lock_timeout = '10s'
as $$
declare
    begun timestamptz := clock_timestamp();
    step_begun timestamptz;
begin
    if not pg_try_advisory_xact_lock(1886872438, 0) then
        return query select 'lock', true, 'another run is at work', 0::float8;
        return;
    end if;
    foreach step in array array['jobs', 'embeddings', 'logs', 'query cache', 'vector recall', 'statistics', 'lexical index', 'vector index'] loop
        step_begun := clock_timestamp();
        begin
            outcome := maintain_step(step);
            ok := true;
        exception when others then
            outcome := format('%s (%s)', sqlerrm, sqlstate);
            ok := false;
        end;
        duration_ms := round((extract(epoch from clock_timestamp() - step_begun) * 1000)::numeric, 3);
        insert into maintenance_log (started_at, step, ok, outcome, duration_ms)
        values (begun, run_maintenance.step, run_maintenance.ok, run_maintenance.outcome, run_maintenance.duration_ms);
        return next;
    end loop;
end
$$;
comment on function run_maintenance() is 'All that has to be done now and then; one row a step, with outcome and duration.';
revoke all on function run_maintenance() from public;

-- functions/operate/schedule_maintenance.sql
-- Lets pg_cron run maintenance on a schedule (crontab notation); null ends it. Returns what will happen, in words.
create or replace function schedule_maintenance(schedule text default '7 * * * *') returns text
language plpgsql volatile
set search_path from current
as $$
declare
    job constant text := 'pgcodesearch maintenance';
begin
    if to_regnamespace('cron') is null or not exists (select from pg_extension where extname = 'pg_cron') then
        raise exception using errcode = 'feature_not_supported', message = 'this database has no pg_cron',
            detail = case when exists (select from pg_available_extensions where name = 'pg_cron')
                then format('the server has it: shared_preload_libraries = ''pg_cron'', cron.database_name = %L, a restart, then: create extension pg_cron', current_database())
                else 'the server does not have it' end,
            hint = 'without it, in the crontab of a machine that reaches the database: 7 * * * * pgcodesearch maintain --database URL';
    end if;
    if schedule is null then
        execute 'select cron.unschedule(jobid) from cron.job where jobname = $1' using job;
        return 'maintenance is not scheduled any more';
    end if;
    execute 'select cron.schedule($1, $2, $3)' using job, schedule, 'select * from codesearch.run_maintenance()';
    return format('maintenance runs at %s', schedule);
end
$$;
comment on function schedule_maintenance(text) is 'Lets pg_cron run maintenance on a schedule; null ends it.';
revoke all on function schedule_maintenance(text) from public;

-- functions/operate/setting_number.sql
-- A numeric setting by name.
create or replace function setting_number(name text) returns float8
language sql stable strict parallel safe
as $$
    select (codesearch.current_setting_value(name) #>> '{}')::float8
$$;
comment on function setting_number(text) is 'A numeric setting by name.';

-- functions/search/allowed_chunks.sql
-- The chunks that pass a filter, where the planner expects few enough to score each exactly; null where it expects more.
create or replace function allowed_chunks(repositories int [], filters jsonb) returns bigint []
language plpgsql stable
set search_path from current
as $$
declare
    most int := setting_number('vector.exact_below');
    chunks bigint;
    found_ids bigint [];
begin
    -- By repository alone the count is known; other filters are tried up to the limit.
    select sum(s.chunk_count) into chunks from lexical_statistic s
    where s.repository_id = any(repositories) and s.level = (filters ->> 'level')::smallint;
    if filters - 'level' = '{}' and chunks > most or chunks > 40 * most then
        return null;
    end if;
    select array_agg(a.chunk_id) into found_ids
    from (select c.chunk_id from source_file f join chunk c on c.file_id = f.file_id
          where f.repository_id = any(repositories) and passes_filters(c.level, c.kind, f.language, f.path, filters)
          limit most + 1) a;
    if cardinality(found_ids) > most then
        return null;
    end if;
    return coalesce(found_ids, '{}');
end
$$;
comment on function allowed_chunks(int [], jsonb) is 'The chunks that pass a filter, where they are few enough to score each exactly.';

-- functions/search/bm25_idf.sql
-- The inverse document frequency of BM25 (Lucene's form, never negative), in single precision so that it compares equal
-- to what the index stores.
create or replace function bm25_idf(chunks numeric, frequency numeric) returns real
language sql immutable strict parallel safe
as $$
    select ln(1 + (chunks - frequency + 0.5) / (frequency + 0.5))::float8::real
$$;
comment on function bm25_idf(numeric, numeric) is 'The inverse document frequency of BM25.';

-- functions/search/check_search.sql
-- Refuses arguments of search that can't be meant, each with its mend.
create or replace function check_search(query text, k int, mode text, query_embedding halfvec, model_version_id int) returns void
language plpgsql stable
set search_path from current
as $$
declare
    longest int := setting_number('query.max_length');
    most int := setting_number('search.max_results');
    expected int;
begin
    if query is null or query !~ '\S' then
        raise exception using errcode = 'CS001', message = 'the query is empty',
            hint = 'ask with words or a symbol, like ''where are redirects followed''';
    elsif length(query) > longest then
        raise exception using errcode = 'CS004', message = format('the query has %s characters, at most %s are searched', length(query), longest),
            hint = 'ask with the words that matter; to find code like a given piece use codesearch.find_similar';
    elsif k is null or k < 1 or k > most then
        raise exception using errcode = 'CS001', message = format('k is %s, not between 1 and %s', coalesce(k::text, 'NULL'), most),
            hint = 'k is the number of results; 10 is the default';
    elsif mode is null or mode not in ('hybrid', 'lexical', 'vector', 'exact') then
        raise exception using errcode = 'CS001', message = format('mode %L is not known', mode),
            hint = 'modes: hybrid, lexical, vector, exact';
    elsif mode in ('vector', 'exact') and query_embedding is null then
        raise exception using errcode = 'CS005', message = format('mode %L needs a query embedding', mode),
            hint = 'pass query_embedding, or search with mode => ''lexical''';
    end if;
    if query_embedding is not null and mode <> 'lexical' then
        select m.dimension into expected from model_version m where m.model_version_id = check_search.model_version_id;
        if expected is null then
            raise exception using errcode = 'CS002', message = 'there is no model version to compare the query embedding with',
                hint = 'register one with: pgcodesearch init';
        elsif vector_dims(query_embedding) <> expected then
            raise exception using errcode = 'CS003',
                message = format('the query embedding has %s dimensions, the model version has %s', vector_dims(query_embedding), expected),
                hint = 'embed the query with the same model: select name from codesearch.model_version where status = ''active''';
        elsif vector_norm(query_embedding::vector) = 0 then
            raise exception using errcode = 'CS003', message = 'the query embedding is zero',
                hint = 'a zero vector has no direction and is near to nothing';
        end if;
    end if;
end
$$;
comment on function check_search(text, int, text, halfvec, int) is 'Refuses arguments of search that can''t be meant, each with its mend.';

-- functions/search/classify_query.sql
-- The class of a query: identifier (names, and little else), mixed (a name among words), semantic (words). A single
-- word counts as an identifier: it is either a name or best found as one.
create or replace function classify_query(query text) returns text
language sql immutable strict parallel safe
as $$
    select case
        when w.words = 0 then 'semantic'
        when w.words <= 1 or s.symbols * 2 >= w.words and w.words <= 4 then 'identifier'
        when s.symbols > 0 then 'mixed'
        else 'semantic'
    end
    from (select cardinality(codesearch.query_symbols(query)) as symbols) s,
         (select count(*) as words from regexp_split_to_table(trim(left(query, 4000)), '\s+') t(word) where t.word ~ '[[:alnum:]]') w
$$;
comment on function classify_query(text) is 'The class of a query: identifier, mixed or semantic.';

-- functions/search/constant_vector.sql
-- A vector of 8,192 times the same number, by doubling: 40 times faster than array_fill.
create or replace function constant_vector(value float8) returns vector
language plpgsql immutable strict parallel safe
as $$
declare
    v vector := array_fill(value::real, array[32])::vector;
begin
    v := v || v; v := v || v; v := v || v; v := v || v;
    v := v || v; v := v || v; v := v || v; v := v || v;
    return v;
end
$$;
comment on function constant_vector(float8) is 'A vector of 8,192 times the same number.';

-- functions/search/explain.sql
-- Why each row is where it is: the query's class and terms, the terms the chunk has, each leg's rank and score, and the
-- share of every signal in the score. shares adds up to score.
create or replace function explain(
    query text, k int default 10, repository text default null, path text default null, language text default null,
    kind text default null, mode text default 'hybrid', model text default null, context jsonb default null,
    query_embedding halfvec default null, min_score float8 default null, log boolean default false
)
returns setof search_explanation
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    terms text [] := query_terms(coalesce(query, ''));
begin
    return query
    select h.rank, h.chunk_id, f.path, c.start_line, c.symbol, h.score, classify_query(query),
           array(select t from unnest(terms) t where t = any(tsvector_to_array(c.lexemes)) order by t),
           array(select t from unnest(terms) t where t <> all(tsvector_to_array(c.lexemes)) order by t),
           h.lexical_rank, h.vector_rank,
           (select jsonb_object_agg(s.key, round(s.value::numeric, 4)) from jsonb_each_text(h.features) s
            where s.value is not null and s.key not in ('lexical_score', 'lexical_z', 'cosine', 'whole', 'best_window', 'summary', 'final_score') and s.value::float8 <> 0),
           (select jsonb_object_agg(s.key, round(s.value::numeric, 4)) from jsonb_each_text(h.features) s
            where s.value is not null and s.key in ('lexical_score', 'lexical_z', 'cosine', 'whole', 'best_window', 'summary', 'final_score')),
           highlight(snippet(c.content, c.start_line, h.focus_line), terms)
    from unnest(search_hits(query, k, explain.repository, explain.path, explain.language, explain.kind, mode, resolve_model(model), context,
                            query_embedding, min_score)) h
    join chunk c on c.chunk_id = h.chunk_id
    join source_file f on f.file_id = c.file_id
    order by h.rank;
end
$$;
comment on function explain(text, int, text, text, text, text, text, text, jsonb, halfvec, float8, boolean) is
'Why each row of a search is where it is.';

-- functions/search/fused_legs.sql
-- The two legs alone, fused by plain reciprocal rank fusion: no signals, no log. What benchmarks compare with other engines.
create or replace function fused_legs(
    query text, k int default 10, repository text default null, query_embedding halfvec default null, candidates int default 50
)
returns table (rank int, chunk_id bigint, score float8)
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    repositories int [] := visible_repositories(fused_legs.repository);
    model_id int := resolve_model(null);
    blocks int [];
    scores vector [];
    bound float8;
    found_lexical bigint [];
    found_near bigint [];
begin
    select l.blocks, l.scores, l.bound into blocks, scores, bound
    from lexical_scores(query_terms(query), repositories, 0::smallint) l;
    if blocks is not null then
        select array_agg(c.chunk_id order by t.score desc, c.chunk_id) into found_lexical
        from lexical_top(blocks, scores, bound, candidates) t
        join chunk c on c.slot = t.slot;
    end if;
    if query_embedding is not null then
        found_near := (select v.chunk_ids from vector_candidates(model_id, query_embedding, candidates, repositories,
            fused_legs.repository is null, null, false, null) v);
    end if;
    return query
    select row_number() over (order by sum(1.0 / (60 + u.place)) desc, u.id)::int, u.id, sum(1.0 / (60 + u.place))::float8
    from (select * from unnest(found_lexical) with ordinality as x(id, place)
          union all
          select * from unnest(found_near) with ordinality as y(id, place)) u
    group by u.id
    order by 1
    limit k;
end
$$;
comment on function fused_legs(text, int, text, halfvec, int) is
'The two legs alone, fused by plain reciprocal rank fusion, for benchmarks.';

-- functions/search/glob_pattern.sql
-- A path glob as an anchored regular expression: * and ? stay inside a folder, ** crosses folders, [..] is a set. A glob
-- without a slash may match in any folder; one that names a folder matches all below it.
create or replace function glob_pattern(glob text) returns text
language sql immutable strict parallel safe
as $$
    select case when g.glob ~ '/' then '^' else '(^|/)' end
        || replace(replace(replace(replace(
               regexp_replace(
                   replace(replace(replace(replace(g.glob, '**/', e'\x01'), '**', e'\x02'), '*', e'\x03'), '?', e'\x04'),
                   '([.+^$(){}|\\])', '\\\1', 'g'),
               e'\x01', '(.*/)?'), e'\x02', '.*'), e'\x03', '[^/]*'), e'\x04', '[^/]')
        || '(/.*)?$'
    from (select rtrim(ltrim(glob, '/'), '/') as glob) g
$$;
comment on function glob_pattern(text) is 'A path glob as an anchored regular expression.';

-- functions/search/highlight.sql
-- Marks the words of a snippet that the query's terms match, between « and ».
create or replace function highlight(snippet text, terms text []) returns text
language sql stable parallel safe
set search_path from current
as $$
    select coalesce(string_agg(case when m.word ~ '[[:alnum:]]' and tokenize(m.word) && terms then '«' || m.word || '»' else m.word end, '' order by m.place), '')
    from (select p.parts[1] as word, p.place
          from regexp_matches(snippet, '([[:alnum:]_]+|[^[:alnum:]_]+)', 'g') with ordinality as p(parts, place)) m
$$;
comment on function highlight(text, text []) is 'Marks the words of a snippet that the query''s terms match.';

-- functions/search/lexical_score_at.sql
-- Reads the BM25 of given slots out of lexical_scores.
create or replace function lexical_score_at(blocks int [], scores vector [], slots bigint [])
returns table (slot bigint, score float8)
language sql stable rows 100
as $$
    select s.slot, -(subvector(b.score, (s.slot % 8192 + 1)::int, 1) <#> '[1]')
    from unnest(slots) as s(slot)
    join unnest(blocks, scores) as b(block, score) on b.block = s.slot / 8192
$$;
comment on function lexical_score_at(int [], vector [], bigint []) is 'Reads the BM25 of given slots out of lexical_scores.';

-- functions/search/lexical_scores.sql
-- BM25 of every chunk in some repositories, as one dense vector a block of 8,192 slots: the blocks of the query's
-- terms are added up in C by pgvector, which costs the same for frequent and rare terms and is exact. scores is null
-- where no term occurs. mean and deviation are over all chunks, those that score 0 too.
create or replace function lexical_scores(
    terms text [], repositories int [], level smallint,
    out blocks int [], out scores vector [], out bound float8, out mean float8, out deviation float8
)
language plpgsql stable
as $$
declare
    chunks numeric;
    matched text [];
    weights real [];
begin
    select sum(s.chunk_count) into chunks
    from codesearch.lexical_statistic s
    where s.repository_id = any(repositories) and s.level = lexical_scores.level;

    select array_agg(d.term), array_agg(codesearch.bm25_idf(chunks, d.frequency)) into matched, weights
    from (select p.term, sum(p.chunk_count) as frequency
          from codesearch.posting p
          where p.repository_id = any(repositories) and p.level = lexical_scores.level and p.term = any(terms)
          group by p.term having sum(p.chunk_count) > 0) d;
    if matched is null then
        return;
    end if;
    bound := (select sum(w) from unnest(weights) w);

    select array_agg(b.block), array_agg(b.score) into blocks, scores
    from (select p.block,
                 sum(case when p.weight = q.weight then p.impacts::vector
                     else p.impacts::vector * codesearch.constant_vector(q.weight / p.weight) end) as score
          from unnest(matched, weights) as q(term, weight)
          join codesearch.posting p
            on p.repository_id = any(repositories) and p.level = lexical_scores.level and p.term = q.term
          group by p.block) b;

    select sum(-(s <#> ones)) / chunks, sqrt(greatest(sum(-(s <#> s)) / chunks::float8 - (sum(-(s <#> ones)) / chunks::float8) ^ 2, 1e-12))
    into mean, deviation
    from unnest(scores) s, (select codesearch.constant_vector(1) as ones offset 0) o;
end
$$;
comment on function lexical_scores(text [], int [], smallint) is
'BM25 of every chunk in some repositories, as one dense vector for each block of 8,192 slots.';

-- functions/search/lexical_top.sql
-- The best slots of lexical_scores: finds a threshold that between wanted and 4 x wanted chunks pass (regula falsi on
-- the logarithm of the count, counting with binary_quantize and bit_count in C), then reads just those.
create or replace function lexical_top(blocks int [], scores vector [], bound float8, wanted int)
returns table (slot bigint, score float8)
language plpgsql stable rows 100
as $$
declare
    low float8 := 1e-6;
    high float8 := bound;
    low_count float8;
    high_count float8 := 1;
    threshold float8 := bound * 0.45;
    passed float8;
    cut vector;
    -- Early probes look at a sample of the blocks, and their counts are scaled up.
    step int := greatest(cardinality(scores) / 3, 1);
    sample vector [] := array(select s from unnest(scores) with ordinality as u(s, n) where n % step = 0);
    share float8 := cardinality(sample)::float8 / cardinality(scores);
    sampling boolean := step > 1;
    least_share float8 := case when step > 1 then 1.3 else 1 end;
begin
    for probe in 1 .. 20 loop
        cut := codesearch.constant_vector(threshold);
        if sampling then
            select sum(bit_count(binary_quantize(s - cut))) / share into passed from unnest(sample) s;
        else
            select sum(bit_count(binary_quantize(s - cut))) into passed from unnest(scores) s;
        end if;
        if (passed >= wanted * least_share and passed <= 4 * wanted)
           or (passed < wanted and threshold <= 1e-6) or (sampling and probe > 4) then
            exit when not sampling;
            -- The sample's threshold is the first probe of all blocks.
            sampling := false;
            least_share := 1;
            low := 1e-6;
            high := bound;
            low_count := null;
            high_count := 1;
            continue;
        end if;
        if passed < wanted then
            high := threshold;
            high_count := greatest(passed, 1);
        else
            low := threshold;
            low_count := passed;
        end if;
        exit when high - low < bound * 1e-5 and passed >= wanted and not sampling;
        -- The first probes below may pass too few: the floor itself is the last resort.
        if low_count is null then
            threshold := case when threshold < bound * 0.1 then 1e-6 else threshold * 0.7 end;
        else
            threshold := low + (high - low) * greatest(0.08, least(0.92,
                (ln(low_count) - ln(1.8 * wanted)) / greatest(ln(low_count) - ln(high_count), 1e-9)));
            if high - low < bound * 1e-5 then
                threshold := low;
            end if;
        end if;
    end loop;
    if passed < wanted and threshold > 1e-6 then
        -- Two groups of scores far apart, with nothing between: the probes found no threshold that splits them.
        cut := codesearch.constant_vector(case when low_count is null or sampling then 1e-6 else low end);
    end if;

    -- One element at a time: a cast of the whole vector to an array costs more than all else here.
    return query
    select b.block * 8192::bigint + p.place - 1, -(subvector(b.score, p.place, 1) <#> '[1]')
    from (select q.block, q.score, q.bits::text as bits
          from (select z.block, z.score, binary_quantize(z.score - cut) as bits
                from unnest(blocks, scores) as z(block, score) offset 0) q
          where bit_count(q.bits) > 0
          offset 0) b,
         lateral (select sum(length(piece) + 1) over (rows unbounded preceding)::int as place
                  from string_to_table(b.bits, '1') piece) p
    where p.place <= 8192
    order by 2 desc, 1
    limit wanted;
end
$$;
comment on function lexical_top(int [], vector [], float8, int) is 'The best slots of lexical_scores, with their exact BM25.';

-- functions/search/log_query.sql
-- Logs a search and what it showed. The caller needs no right on the log. A search that is a transaction of its own
-- commits without waiting for the disk: a crash may lose the last moments of the log, and nothing else. A read-only
-- transaction or a standby logs nothing.
create or replace function log_query(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, hits hit [],
    started timestamptz
)
returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    logged bigint;
    settings jsonb := current_settings();
begin
    if current_setting('transaction_read_only')::boolean or not (settings ->> 'log.enabled')::boolean then
        return null;
    end if;
    if statement_timestamp() = transaction_timestamp() and pg_current_xact_id_if_assigned() is null then
        perform set_config('synchronous_commit', 'off', true);
    end if;
    insert into query_log (asked_by, query, query_hash, query_class, mode, model_version_id, filters, k, result_count, top_score, latency_ms)
    values (asking_role(), case when (settings ->> 'log.query_text')::boolean then query end, md5(query)::uuid,
            classify_query(query), mode, model_id,
            jsonb_strip_nulls(jsonb_build_object('repository', repository, 'path', path, 'language', language, 'kind', kind)),
            k, cardinality(hits), hits[1].score, extract(epoch from clock_timestamp() - started) * 1000)
    returning query_log.query_id into logged;
    insert into query_results (query_id, rank, chunk_id, repository_id, content_hash, score, lexical_rank, vector_rank)
    select logged, h.rank, h.chunk_id, h.repository_id, h.content_hash, h.score, h.lexical_rank, h.vector_rank
    from unnest(hits) h;
    return logged;
end
$$;
comment on function log_query(text, int, text, text, text, text, text, int, hit [], timestamptz) is 'Logs a search and what it showed.';
revoke all on function log_query(text, int, text, text, text, text, text, int, hit [], timestamptz) from public;

-- functions/search/named_chunks.sql
-- Chunks whose name is written in the query, or is the query.
create or replace function named_chunks(query text, repositories int [], filters jsonb, wanted int) returns bigint []
language sql stable
set search_path from current
as $$
    select array_agg(n.chunk_id)
    from (select c.chunk_id
          from chunk c join source_file f on f.file_id = c.file_id
          where c.repository_id = any(repositories) and c.level = 0 and c.name <> ''
            and c.name_key = any(query_names(query))
            and passes_filters(c.level, c.kind, f.language, f.path, filters)
          order by cardinality(f.path_flags), c.chunk_id
          limit wanted) n
$$;
comment on function named_chunks(text, int [], jsonb, int) is 'Chunks whose name is written in the query, or is the query.';

-- functions/search/passes_filters.sql
-- Whether a chunk passes a search's filters: {level, kind, language, path (a regular expression)}.
create or replace function passes_filters(level smallint, kind text, language text, path text, filters jsonb) returns boolean
language sql immutable parallel safe
as $$
    select level = (filters ->> 'level')::smallint
       and (filters ->> 'kind' is null or kind = filters ->> 'kind')
       and (filters ->> 'language' is null or language = filters ->> 'language')
       and (filters ->> 'path' is null or path ~ (filters ->> 'path'))
$$;
comment on function passes_filters(smallint, text, text, text, jsonb) is 'Whether a chunk passes a search''s filters.';

-- functions/search/query_names.sql
-- The names a query may mean, in lower case: the query itself where it is one word, and the last part and the whole of each
-- of its symbols.
create or replace function query_names(query text) returns text []
language sql immutable strict parallel safe
as $$
    select coalesce(array_agg(distinct lower(n.name)), '{}')
    from (select regexp_replace(s.symbol, '^.*\.', '') as name from unnest(codesearch.query_symbols(query)) as s(symbol)
          union all
          select s.symbol from unnest(codesearch.query_symbols(query)) as s(symbol)
          union all
          select regexp_replace(trim(both '"''`() ' from query), '^.*(\.|::|#|->)', '')
          where trim(both '"''`() ' from query) ~ '^[^[:space:]]+$') n
    where n.name <> '' and length(n.name) <= 200
$$;
comment on function query_names(text) is 'The names a query may mean, in lower case.';

-- functions/search/query_symbols.sql
-- The parts of a query that look like code: camelCase, snake_case, dotted or scoped names, calls, constants. Scopes are
-- written with dots ('a::b', 'A#b', 'a->b' become 'a.b').
create or replace function query_symbols(query text) returns text []
language sql immutable strict parallel safe
as $$
    select coalesce(array_agg(distinct s.symbol), '{}')
    from (select trim(both '.' from regexp_replace(m.parts[1], '(::|->|#|\?\.|\\)', '.', 'g')) as symbol, m.parts[2] as call
          from regexp_matches(left(query, 4000), '([A-Za-z_$@][A-Za-z0-9_$]*(?:(?:\.|::|->|#|\?\.|\\)[A-Za-z_$][A-Za-z0-9_$]*)*[!?]?)(\(\)?)?', 'g') m(parts)) s
    where s.symbol ~ '[A-Za-z0-9]_+[A-Za-z0-9]|^_|[a-z0-9][A-Z]|[A-Z][A-Z][a-z]|^[A-Z][A-Z0-9_]{2,}$|[A-Za-z0-9]\.[A-Za-z_]|[$@]|[A-Za-z][0-9]+[A-Za-z]'
       or s.call is not null
$$;
comment on function query_symbols(text) is 'The parts of a query that look like code, scopes written with dots.';

-- functions/search/query_terms.sql
-- The index terms of a query, without the words that no query needs.
create or replace function query_terms(query text) returns text []
language plpgsql stable strict parallel safe
set search_path from current
as $$
declare
    terms text [] := tsvector_to_array(to_tsvector('codesearch.code', split_identifiers(left(query, 4000))));
    stop_words jsonb := current_setting_value('query.stop_words');
    kept text [] := array(select t from unnest(terms) t where not stop_words ? t);
begin
    return case when kept = '{}' then terms else kept end;
end
$$;
comment on function query_terms(text) is 'The index terms of a query, without the words that no query needs.';

-- functions/search/resolve_model.sql
-- The model version a search uses: the named one, else the active one; null where there is none.
create or replace function resolve_model(model text) returns int
language plpgsql stable
set search_path from current
as $$
declare
    found_id int;
begin
    if model is null then
        return (select m.model_version_id from model_version m where m.status = 'active');
    end if;
    select m.model_version_id into found_id from model_version m where m.name = model;
    if found_id is null then
        raise exception using errcode = 'CS002', message = format('there is no model version %L', model),
            hint = 'select name, status from codesearch.model_version lists them';
    end if;
    return found_id;
end
$$;
comment on function resolve_model(text) is 'The model version a search uses: the named one, else the active one.';

-- functions/search/score_candidates.sql
-- Fuses the legs and adds the structural signals: one row a candidate, with the share of each signal in the score.
-- Every weight is a setting; a model version's own settings come first.
create or replace function score_candidates(
    query text, query_class text, query_embedding halfvec, model_version_id int, mode text, repositories int [],
    every_repository boolean, filters jsonb, wanted int, settings jsonb
)
returns table (
    chunk_id bigint, file_id bigint, score float8, lexical_rank int, vector_rank int, lexical_score float8, lexical_z float8,
    cosine float8, whole float8, best_window float8, summary float8, base float8, is_name float8, has_name float8, has_symbol float8,
    calls_name float8, name_words float8, path_words float8, phrase float8, callee float8, caller float8, file float8, path float8,
    kind float8
)
language plpgsql stable rows 150
set search_path from current
as $$
#variable_conflict use_column
declare
    w jsonb := settings;
    lexical_weight float8 := (w ->> ('fusion.lexical.' || query_class))::float8;
    vector_weight float8 := 1 - lexical_weight;
    by_rank boolean := w ->> 'fusion.method' = 'rrf';
    rank_constant float8 := (w ->> 'fusion.rrf_k')::float8;
    spread float8 := (w ->> 'vector.deviation')::float8;
    average float8 := (w ->> 'vector.mean')::float8;
    share_window float8 := (w ->> 'vector.share_window')::float8;
    share_summary float8 := (w ->> 'vector.share_summary')::float8;
    names text [] := query_names(query);
    scoped text [] := array(select n from unnest(names) n where position('.' in n) > 0);
    bare text := lower(trim(both '"''`() ' from regexp_replace(query, '(::|->|#|\(\))', '.', 'g')));
    words text [] := query_terms(regexp_replace(query, '(\.|::|->|#)', ' ', 'g'));
    literal text := case when length(trim(both '"''`' from query)) >= 12 then lower(trim(both '"''`' from query)) end;
    unwanted text [] := unwanted_flags(query);
    word_count float8 := greatest(cardinality(words), 1);
    z_limit float8 := (w ->> 'lexical.z_limit')::float8;
    most_definitions int := (w ->> 'signal.graph_definitions')::int;
    name_weight float8 := (w ->> 'signal.name_words')::float8;
    path_weight float8 := (w ->> 'signal.path_words')::float8;
    callee_weight float8 := (w ->> 'signal.callee')::float8;
    caller_weight float8 := (w ->> 'signal.caller')::float8;
    file_weight float8 := (w ->> 'signal.file')::float8;
    kinds jsonb := jsonb_build_object('function', w -> 'signal.kind.function', 'method', w -> 'signal.kind.method',
        'class', w -> 'signal.kind.class', 'block', w -> 'signal.kind.block', 'module', w -> 'signal.kind.module');
begin
    if query_embedding is null or mode = 'lexical' then
        lexical_weight := 1; vector_weight := 0;
    elsif mode in ('vector', 'exact') then
        lexical_weight := 0; vector_weight := 1;
    end if;
    return query
    with candidate as materialized (
        select s.*,
               (1 - case when s.best_window is null then 0 else share_window end - case when s.summary is null then 0 else share_summary end)
               * s.whole + share_window * coalesce(s.best_window, 0) + share_summary * coalesce(s.summary, 0) as cosine
        from search_candidates(query, query_embedding, model_version_id, mode, repositories, every_repository, filters, wanted) s
    ), described as materialized (
        select a.*, c.file_id, c.name, c.kind, c.repository_id, f.path_flags, c.imports,
               f.language in ('python', 'typescript', 'tsx') and c.kind <> 'method' as needs_import,
               regexp_replace(f.path, '^.*/|\.[^./]*$', '', 'g') as stem,
               case when by_rank then
                    (rank_constant + 1) * (coalesce(lexical_weight / (rank_constant + a.lexical_rank), 0)
                                           + coalesce(vector_weight / (rank_constant + a.vector_rank), 0))
               else lexical_weight * least(coalesce(a.lexical_z, 0), z_limit)
                    + vector_weight * (coalesce(a.cosine, average) - average) / spread end as base,
               c.name <> '' and (lower(c.name) = bare or lower(c.symbol) = bare or lower(c.symbol) like '%.' || bare) as is_name,
               lower(c.name) = any(names) as has_name,
               cardinality(scoped) > 0 and exists (select from unnest(scoped) n where lower(c.symbol) = n or lower(c.symbol) like '%.' || n) as has_symbol,
               cardinality(names) > 0 and exists (select from chunk_call k where k.chunk_id = a.chunk_id and lower(k.name) = any(names)) as calls_name,
               case when words && f.path_stems then (select count(*) from unnest(words) q where q = any(f.path_stems)) / word_count else 0 end as path_share,
               case when words && c.name_stems then (select count(*) from unnest(words) q where q = any(c.name_stems)) / word_count else 0 end as name_share,
               literal is not null and a.lexical_rank is not null and position(literal in lower(c.content)) > 0 as has_phrase
        from candidate a
        join chunk c on c.chunk_id = a.chunk_id
        join source_file f on f.file_id = c.file_id
    ), definitions as materialized (
        select d.repository_id, d.name from described d where d.name <> ''
        group by d.repository_id, d.name having count(*) <= most_definitions
    ), edge as materialized (
        select caller.chunk_id as caller, callee.chunk_id as callee, caller.base as caller_base, callee.base as callee_base
        from described callee
        join definitions n on n.name = callee.name and n.repository_id = callee.repository_id
        join chunk_call k on k.name = callee.name
        join described caller on caller.chunk_id = k.chunk_id and caller.repository_id = callee.repository_id
        -- Where names must be imported, one that is not is another function of the same name.
        where caller.chunk_id <> callee.chunk_id
          and (caller.file_id = callee.file_id or not callee.needs_import
               or callee.name = any(caller.imports) or callee.stem = any(caller.imports))
          and k.chunk_id = any(array(select d.chunk_id from described d))
    ), neighbour as (
        select e.chunk_id, max(e.callee) as callee, max(e.caller) as caller
        from (select caller as chunk_id, callee_base as callee, null::float8 as caller from edge
              union all
              select callee, null, caller_base from edge) e
        group by e.chunk_id
    ), weighted as (
        select d.chunk_id, d.file_id, d.lexical_rank, d.vector_rank, d.lexical_score, d.lexical_z, d.cosine, d.whole, d.best_window,
               d.summary, d.base,
               case when d.is_name then (w ->> 'signal.is_name')::float8 else 0 end as is_name,
               case when d.has_name and not d.is_name then (w ->> 'signal.has_name')::float8 else 0 end as has_name,
               case when d.has_symbol and not d.is_name then (w ->> 'signal.has_symbol')::float8 else 0 end as has_symbol,
               case when d.calls_name then (w ->> 'signal.calls_name')::float8 else 0 end as calls_name,
               d.name_share * name_weight as name_words,
               d.path_share * path_weight as path_words,
               case when d.has_phrase then (w ->> 'signal.phrase')::float8 else 0 end as phrase,
               greatest(coalesce(n.callee, 0), 0) * callee_weight as callee,
               greatest(coalesce(n.caller, 0), 0) * caller_weight as caller,
               file_weight * sum(greatest(d.base, 0)) over (partition by d.file_id) as file,
               case when d.path_flags = '{}' then 0 else coalesce((select sum((w ->> ('signal.path.' || p.flag))::float8)
                    from unnest(d.path_flags) p(flag) where p.flag = any(unwanted)), 0) end as path,
               (kinds ->> d.kind)::float8 as kind
        from described d left join neighbour n on n.chunk_id = d.chunk_id
    ), shared as (
        select t.*, t.file / greatest(max(t.file) over () / nullif(file_weight, 0), 1e-9) as file_share from weighted t
    )
    select x.chunk_id, x.file_id,
           x.base + x.is_name + x.has_name + x.has_symbol + x.calls_name + x.name_words + x.path_words + x.phrase + x.callee + x.caller
           + coalesce(x.file_share, 0) + x.path + x.kind,
           x.lexical_rank, x.vector_rank, x.lexical_score, x.lexical_z, x.cosine, x.whole, x.best_window, x.summary, x.base,
           x.is_name, x.has_name, x.has_symbol, x.calls_name, x.name_words, x.path_words, x.phrase, x.callee, x.caller,
           coalesce(x.file_share, 0), x.path, x.kind
    from shared x;
end
$$;
comment on function score_candidates(text, text, halfvec, int, text, int [], boolean, jsonb, int, jsonb) is
'Fuses the legs and adds the structural signals: one row a candidate, with the share of each signal.';

-- functions/search/search.sql
-- The answer to a question in one call. Runs as the caller: row-level security holds. Without a query embedding the
-- hybrid mode answers from the lexical leg. Rows are best first; score is comparable within one query only.
create or replace function search(
    query text, k int default 10, repository text default null, path text default null, language text default null,
    kind text default null, mode text default 'hybrid', model text default null, context jsonb default null,
    query_embedding halfvec default null, min_score float8 default null, log boolean default true
)
returns setof search_result
language plpgsql volatile rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    started timestamptz := clock_timestamp();
    -- Once: a switch of the active model in the middle of a search must not show in half of it.
    model_id int := resolve_model(model);
    hits hit [];
    logged bigint;
begin
    hits := search_hits(query, k, search.repository, search.path, search.language, search.kind, mode, model_id, context,
                        query_embedding, min_score);
    if log then
        logged := log_query(query, k, search.repository, search.path, search.language, search.kind, mode, model_id, hits, started);
    end if;
    return query
    select h.rank, h.chunk_id, r.name, f.path, c.start_line,
           -- A class is shown from its head on; what is below are methods, which are chunks of their own.
           case when c.kind = 'class' then least(c.end_line, c.start_line + 149) else c.end_line end, c.kind, c.symbol, h.score, h.lexical_rank, h.vector_rank,
           snippet(c.content, c.start_line, h.focus_line), logged
    from unnest(hits) h
    join chunk c on c.chunk_id = h.chunk_id
    join source_file f on f.file_id = c.file_id
    join repository r on r.repository_id = c.repository_id
    order by h.rank;
end
$$;
comment on function search(text, int, text, text, text, text, text, text, jsonb, halfvec, float8, boolean) is
'Answers a question with the best chunks of code: BM25 and vectors fused, in one call.';

-- functions/search/search_candidates.sql
-- The candidates of both legs and of the symbol look-up, each with the exact score of both legs: a chunk that one leg
-- found is scored by the other too, so that fusion never guesses. vector_rank and lexical_rank are the ranks a leg gave.
create or replace function search_candidates(
    query text, query_embedding halfvec, model_version_id int, mode text, repositories int [], every_repository boolean,
    filters jsonb, wanted int
)
returns table (
    chunk_id bigint, lexical_score float8, lexical_z float8, lexical_rank int, whole float8, best_window float8, summary float8,
    vector_rank int
)
language plpgsql stable rows 150
set search_path from current
as $$
declare
    terms text [] := query_terms(query);
    wanted_level smallint := (filters ->> 'level')::smallint;
    narrowed boolean := filters - 'level' <> '{}';
    blocks int [];
    scores vector [];
    bound float8;
    mean float8;
    deviation float8;
    allowed bigint [];
    exact boolean := mode = 'exact';
    lexical_slots bigint [];
    lexical_ids bigint [];
    near_ids bigint [];
    named bigint [];
    everything bigint [];
    asked int;
begin
    if narrowed or not every_repository then
        allowed := allowed_chunks(repositories, filters);
    end if;

    if mode <> 'vector' and mode <> 'exact' and cardinality(terms) > 0 then
        select l.blocks, l.scores, l.bound, l.mean, l.deviation into blocks, scores, bound, mean, deviation
        from lexical_scores(terms, repositories, wanted_level) l;
    end if;
    if blocks is not null then
        if allowed is not null then
            select array_agg(s.chunk_id) into lexical_ids
            from (select c.chunk_id from chunk c
                  join lexical_score_at(blocks, scores,
                      array(select x.slot from chunk x where x.chunk_id = any(allowed))) l on l.slot = c.slot
                  where l.score > 1e-6 order by l.score desc, c.chunk_id limit wanted) s;
        else
            asked := wanted;
            loop
                lexical_slots := array(select t.slot from lexical_top(blocks, scores, bound, asked) t);
                select array_agg(s.chunk_id order by s.place) into lexical_ids
                from (select c.chunk_id, u.place
                      from unnest(lexical_slots) with ordinality as u(slot, place)
                      join chunk c on c.slot = u.slot
                      where not narrowed or exists (
                          select from source_file f where f.file_id = c.file_id
                          and passes_filters(c.level, c.kind, f.language, f.path, filters))
                      order by u.place limit wanted) s;
                exit when coalesce(cardinality(lexical_ids), 0) >= wanted or cardinality(lexical_slots) < asked;
                asked := asked * 8;
            end loop;
        end if;
    end if;

    if mode <> 'lexical' and query_embedding is not null then
        select v.chunk_ids into near_ids
        from vector_candidates(model_version_id, query_embedding, wanted, repositories, every_repository, allowed, exact,
                                  case when narrowed then filters end) v;
    end if;

    if mode not in ('vector', 'exact') then
        named := named_chunks(query, repositories, filters, wanted);
    end if;
    everything := array(select distinct u.id from unnest(lexical_ids || near_ids || named) as u(id) where u.id is not null);

    return query
    select c.chunk_id,
           s.score,
           case when blocks is null then null else (coalesce(s.score, 0) - mean) / deviation end,
           l.place::int, 1 - d.whole, 1 - d.best_window, 1 - d.summary, v.place::int
    from chunk c
    left join unnest(lexical_ids) with ordinality as l(id, place) on l.id = c.chunk_id
    left join unnest(near_ids) with ordinality as v(id, place) on v.id = c.chunk_id
    left join lexical_score_at(blocks, scores,
        array(select x.slot from chunk x where x.chunk_id = any(everything))) s on s.slot = c.slot
    left join vector_distances(case when mode <> 'lexical' and query_embedding is not null then model_version_id end,
        query_embedding, everything) d on d.chunk_id = c.chunk_id
    where c.chunk_id = any(everything) and c.level = wanted_level;
end
$$;
comment on function search_candidates(text, halfvec, int, text, int [], boolean, jsonb, int) is
'The candidates of both legs and of the symbol look-up, each with the exact score of both legs.';

-- functions/search/search_hits.sql
-- What search and explain have in common: checks, classifies, scores the candidates, and takes the best k with at most
-- a few of one file.
create or replace function search_hits(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, context jsonb,
    query_embedding halfvec, min_score float8
)
returns hit []
language plpgsql stable
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    repositories int [];
    settings jsonb;
    filters jsonb;
    hits hit [];
    repeat_penalty float8;
    -- Under row-level security the caller may own few of the vectors: then they are counted, and compared exactly.
    everything boolean := repository is null and not row_security_active('codesearch.chunk');
begin
    if query_embedding is null and mode <> 'lexical' then
        query_embedding := query_embedding_for(query, model_id);
    end if;
    perform check_search(query, k, mode, query_embedding, model_id);
    repositories := visible_repositories(repository);
    settings := current_settings(model_id);
    repeat_penalty := (settings ->> 'search.repeat_penalty')::float8;
    filters := jsonb_strip_nulls(jsonb_build_object('level', case when kind = 'module' then 1 else 0 end, 'kind', kind,
        'language', lower(language), 'path', glob_pattern(path)));
    select array_agg(row(b.place, b.chunk_id, c.repository_id, c.content_hash, b.final_score, b.lexical_rank, b.vector_rank,
                         null, to_jsonb(b) - '{chunk_id,file_id,place,in_file,score,lexical_rank,vector_rank}'::text[])::hit order by b.place)
    into hits
    from (select row_number() over (order by p.final_score desc, p.chunk_id) as place, p.*
          from (select f.*, f.score - repeat_penalty * (f.in_file - 1) as final_score, -repeat_penalty * (f.in_file - 1) as repeated
                from (select s.*, row_number() over (partition by s.file_id order by s.score desc, s.chunk_id) as in_file
                      from score_candidates(query, classify_query(query), query_embedding, model_id, mode, repositories,
                          everything, filters, greatest((settings ->> 'search.candidates')::int, k), settings) s) f) p
          where (p.in_file <= (settings ->> 'search.per_file')::int or k > 100)
            and (min_score is null or p.final_score >= min_score)
          order by p.final_score desc, p.chunk_id limit k) b
    join chunk c on c.chunk_id = b.chunk_id;
    return coalesce(hits, '{}');
end
$$;
comment on function search_hits(text, int, text, text, text, text, text, int, jsonb, halfvec, float8) is
'The best k hits of a search, with the share of every signal.';

-- functions/search/snippet.sql
-- A few lines of a chunk, from the line in focus on, else from its start.
create or replace function snippet(content text, start_line int, focus_line int) returns text
language sql stable parallel safe
as $$
    select array_to_string((string_to_array(left(content, 20000), e'\n'))[s.first : s.first + codesearch.setting_number('search.snippet_lines')::int - 1], e'\n')
    from (select greatest(1, coalesce(focus_line - start_line + 1, 1)) as first) s
$$;
comment on function snippet(text, int, int) is 'A few lines of a chunk, from the line in focus on.';

-- functions/search/unwanted_flags.sql
-- The kinds of path that a query does not ask for: "test for redirects" lifts the push-down of tests.
create or replace function unwanted_flags(query text) returns text []
language sql immutable strict parallel safe
as $$
    select array_agg(f.flag)
    from (values
        ('test', '\m(tests?|testing|tested|spec|mock|fixture)'), ('example', '\m(examples?|sample|demo|tutorial|benchmark)'),
        ('generated', '\mgenerated'), ('vendored', '\m(vendor|third.party)'), ('legacy', '\m(legacy|deprecated|compat|obsolete)'),
        ('docs', '\m(docs?|documentation|readme|changelog|license)\M'), ('entry', '\m(__init__|index\.[jt]s|re-?exports?)')
    ) as f(flag, pattern)
    where lower(query) !~ f.pattern
$$;
comment on function unwanted_flags(text) is 'The kinds of path that a query does not ask for.';

-- functions/search/vector_candidates.sql
-- The chunks nearest to a query embedding, by the best of their vectors. A filter that leaves few chunks is answered
-- exactly from those (allowed); any other by HNSW, continued (iterative scan) until enough pass the filter.
-- The statement is dynamic so that it names one model version's table: the planner then always uses its index.
create or replace function vector_candidates(
    model_version_id int, query_embedding halfvec, wanted int, repositories int [], every_repository boolean,
    allowed bigint [], exact boolean, filters jsonb, out chunk_ids bigint [], out distances float8 []
)
language plpgsql stable
set search_path from current
set hnsw.ef_search = 100
set hnsw.iterative_scan = 'relaxed_order'
set hnsw.max_scan_tuples = 40000
as $$
declare
    ordered text := 'e.embedding <=> $1';
    condition text := 'true';
    fetched int := wanted * setting_number('vector.overfetch');
begin
    if allowed is not null then
        condition := 'e.chunk_id = any($4)';
        ordered := '(e.embedding <=> $1) + 0';
    elsif exact then
        ordered := '(e.embedding <=> $1) + 0';
    else
        perform set_config('hnsw.ef_search', greatest(setting_number('vector.ef_search'), fetched)::int::text, true);
        if every_repository and filters is null then
            -- Nothing is filtered away: the first scan is enough.
            perform set_config('hnsw.iterative_scan', 'off', true);
        end if;
    end if;
    if not every_repository and allowed is null then
        condition := 'e.repository_id = any($3)';
    end if;
    if filters is not null and allowed is null then
        condition := condition || ' and exists (select from codesearch.chunk c join codesearch.source_file f on f.file_id = c.file_id
            where c.chunk_id = e.chunk_id and codesearch.passes_filters(c.level, c.kind, f.language, f.path, $5))';
    end if;
    execute format(
        'select array_agg(n.chunk_id order by n.distance, n.chunk_id), array_agg(n.distance order by n.distance, n.chunk_id)
         from (select b.chunk_id, min(b.distance) as distance
               from (select e.chunk_id, e.embedding <=> $1 as distance from %s e where %s order by %s limit %s) b
               group by b.chunk_id order by 2, 1 limit $2) n',
        embedding_table(model_version_id), condition, ordered, fetched)
    into chunk_ids, distances
    using query_embedding, wanted, repositories, allowed, filters;
end
$$;
comment on function vector_candidates(int, halfvec, int, int [], boolean, bigint [], boolean, jsonb) is
'The chunks nearest to a query embedding, by the best of their vectors.';

-- functions/search/vector_distances.sql
-- The exact distances of given chunks by role of the text: the whole chunk, its best window, its names and comments.
create or replace function vector_distances(model_version_id int, query_embedding halfvec, chunk_ids bigint [])
returns table (chunk_id bigint, whole float8, best_window float8, summary float8)
language plpgsql stable rows 150
set search_path from current
as $$
begin
    if model_version_id is null then
        return;
    end if;
    return query execute format(
        'select e.chunk_id, min(e.embedding <=> $1) filter (where e.unit = 0),
                min(e.embedding <=> $1) filter (where e.unit > 0), min(e.embedding <=> $1) filter (where e.unit < 0)
         from %s e where e.chunk_id = any($2) group by e.chunk_id', embedding_table(model_version_id))
    using query_embedding, chunk_ids;
end
$$;
comment on function vector_distances(int, halfvec, bigint []) is 'The exact distances of given chunks by role of the text.';

-- functions/search/visible_repositories.sql
-- The ids of the repositories a search is over: one by name, or all that the caller may see.
create or replace function visible_repositories(repository text) returns int []
language plpgsql stable
set search_path from current
as $$
declare
    ids int [];
begin
    if repository is null then
        return array(select r.repository_id from repository r order by 1);
    end if;
    ids := array(select r.repository_id from repository r where r.name = visible_repositories.repository);
    if cardinality(ids) = 0 then
        raise exception using errcode = 'CS006', message = format('there is no repository %L', repository),
            hint = 'select name from codesearch.repository lists those you may search';
    end if;
    return ids;
end
$$;
comment on function visible_repositories(text) is 'The ids of the repositories a search is over.';

-- triggers/chunk_forget.sql
-- Takes deleted chunks out of the inverted index, however they were deleted.
create or replace function chunk_forget() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    -- Where the repository itself is being deleted its postings go with it.
    perform append_postings(array(
        select row(o.repository_id, o.level, o.slot, o.lexemes, o.lexical_length, -1)::posting_change
        from old_rows o
        where exists (select from repository r where r.repository_id = o.repository_id)));
    return null;
end
$$;
comment on function chunk_forget() is 'Takes deleted chunks out of the inverted index.';
revoke all on function chunk_forget() from public;

create or replace trigger chunk_forget
after delete on chunk
referencing old table as old_rows
for each statement execute function chunk_forget();


-- triggers/chunk_truncate.sql
-- TRUNCATE source_file CASCADE empties chunk without a row's delete trigger: the inverted index is emptied with it.
create or replace function chunk_truncate() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    truncate posting, lexical_statistic, lexical_norm;
    return null;
end
$$;
comment on function chunk_truncate() is 'Empties the inverted index with the chunks.';
revoke all on function chunk_truncate() from public;

create or replace trigger chunk_truncate
after truncate on chunk
for each statement execute function chunk_truncate();

-- triggers/row_level_security_restore.sql
-- pg_dump leaves out the policies of an extension's tables. It keeps the row that says they are wanted, and loading it
-- makes them again: a restored database never shows more than the one that was dumped. Embedding tables are no part of
-- the extension, so theirs are in the dump.
create or replace function row_level_security_restore() returns trigger
language plpgsql
set search_path from current
as $$
begin
    perform protect_table(d.objid::regclass)
    from pg_depend d
    join pg_extension e on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
    join pg_class c on c.oid = d.objid and c.relkind in ('r', 'p')
    where d.classid = 'pg_class'::regclass and e.extname = 'pgcodesearch'
    order by c.relname;
    return null;
end
$$;
comment on function row_level_security_restore() is 'Makes the policies of an extension''s tables again when a dump is restored.';

create or replace trigger row_level_security_restore
after insert on row_level_security
for each statement execute function row_level_security_restore();

-- triggers/source_file_delete.sql
-- Takes the repository's lock, shared, before a file's chunks go: refresh_lexical_index holds it alone, and a deletion that
-- commits between its statements would leave postings without a chunk. Before the row's chunks are touched, so that
-- the one never waits for the other crosswise. A deletion is searchable at once and needs no job, so nothing is queued.
create or replace function source_file_delete() returns trigger
language plpgsql
set search_path from current
as $$
begin
    perform pg_advisory_xact_lock_shared(1886872435, old.repository_id);
    return old;
end
$$;
comment on function source_file_delete() is 'Keeps the refresh of the inverted index and a deletion apart.';

create or replace trigger source_file_delete
before delete on source_file
for each row execute function source_file_delete();

-- triggers/source_file_prepare.sql
-- Fills the columns that follow from path and content, for whoever writes the row.
create or replace function source_file_prepare() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if tg_op = 'INSERT' or new.content is distinct from old.content then
        new.content_hash := sha256(convert_to(new.content, 'UTF8'));
        new.size_bytes := octet_length(new.content);
        -- Whoever writes content without the file's time has it from elsewhere: the next run compares it with the file.
        if tg_op = 'UPDATE' and new.modified_ns is not distinct from old.modified_ns then
            new.modified_ns := null;
        end if;
    end if;
    if tg_op = 'INSERT' or new.path is distinct from old.path then
        new.path_flags := path_flags(new.path);
        new.path_stems := array(select distinct unnest(tokenize(new.path)));
        -- A row that a restore inserts keeps it.
        if tg_op = 'UPDATE' then
            new.indexed_hash := null;
        end if;
    end if;
    return new;
end
$$;
comment on function source_file_prepare() is 'Fills content_hash, size_bytes, path_flags and path_stems of a source_file.';

create or replace trigger source_file_prepare
before insert or update of path, content, content_hash, size_bytes on source_file
for each row execute function source_file_prepare();

-- triggers/source_file_queue.sql
-- Queues a file whose chunks no longer fit its content or path, in the writer's own transaction. One job a file: a file
-- that changes while its job runs gets a new generation, and the worker's completion leaves the job queued. Only a change
-- starts the attempts anew: touching other columns doesn't bring a dead letter back.
create or replace function source_file_queue() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    if tg_op = 'INSERT' then
        insert into index_job as j (repository_id, file_id, stage)
        select n.repository_id, n.file_id, 'chunk'
        from new_rows n
        where n.indexed_hash is distinct from n.content_hash
        order by n.file_id
        on conflict (file_id, stage, model_version_id) do nothing;
    else
        insert into index_job as j (repository_id, file_id, stage)
        select n.repository_id, n.file_id, 'chunk'
        from new_rows n
        join old_rows o on o.file_id = n.file_id
        where n.indexed_hash is distinct from n.content_hash
          and (n.content_hash, n.indexed_hash, n.path) is distinct from (o.content_hash, o.indexed_hash, o.path)
        order by n.file_id
        on conflict (file_id, stage, model_version_id) do update
            set generation = j.generation + 1,
                attempts = 0,
                run_after = now(),
                last_error = null,
                state = case when j.state = 'running' then 'running' else 'queued' end;
    end if;
    if found then
        perform pg_notify('codesearch_jobs', '');
    end if;
    return null;
end
$$;
comment on function source_file_queue() is 'Queues changed files for indexing and notifies the workers.';
revoke all on function source_file_queue() from public;

create or replace trigger source_file_queue_insert
after insert on source_file
referencing new table as new_rows
for each statement execute function source_file_queue();

create or replace trigger source_file_queue_update
after update on source_file
referencing old table as old_rows new table as new_rows
for each statement execute function source_file_queue();

-- views/evaluation_rank_distribution.sql
-- A mean reciprocal rank hides its shape: how many queries found their first answer at rank 1, 2, ... or not at all.
create or replace view evaluation_rank_distribution as
select e.run_id, e.category, e.first_rank, count(*)::int as queries
from evaluation_result e
where e.metrics <> '{}'::jsonb
group by e.run_id, e.category, e.first_rank;
comment on view evaluation_rank_distribution is
'Queries of a run by category and rank of the first match; a null rank is a miss.';

-- views/evaluation_summary.sql
-- Runs with their headline numbers side by side, newest first, so that two settings or models can be compared in SQL.
create or replace view evaluation_summary as
select r.run_id, r.started_at, r.query_set, r.model, r.mode, r.k, r.note,
       (r.metrics #>> '{all,queries}')::int as queries,
       (r.metrics #>> '{all,mrr}')::float8 as mrr,
       (r.metrics #>> '{all,ndcg}')::float8 as ndcg,
       (r.metrics #>> '{all,precision_1}')::float8 as precision_1,
       (r.metrics #>> '{all,recall}')::float8 as recall,
       (r.metrics #>> '{all,hit}')::float8 as hit,
       (r.metrics #>> '{all,token_iou}')::float8 as token_iou,
       (r.metrics #>> '{no_answer,empty}')::float8 as no_answer_empty,
       (r.metrics #>> '{latency_ms,p50}')::float8 as latency_p50,
       (r.metrics #>> '{latency_ms,p95}')::float8 as latency_p95,
       (r.metrics #>> '{latency_ms,p99}')::float8 as latency_p99
from evaluation_run r
where r.metrics is not null
order by r.run_id desc;
comment on view evaluation_summary is 'Evaluation runs with their headline metrics, newest first.';

-- views/failed_jobs.sql
-- The dead letters: jobs given up after five errors, or ten workers that died. select codesearch.retry_failed_jobs(job_id => …) queues one again,
-- retry_failed_jobs() all of them; a new version of the file does too.
create or replace view failed_jobs with (security_invoker = true) as
select j.job_id, r.name as repository, f.path, j.stage, m.name as model, j.attempts, j.last_error, j.created_at
from index_job j
join repository r using (repository_id)
join source_file f using (file_id)
left join model_version m using (model_version_id)
where j.state = 'failed';
comment on view failed_jobs is 'Jobs given up after five errors or ten dead workers, with their last error; retry_failed_jobs queues them again.';

-- views/feedback_positive.sql
-- Strong positives: a result that was copied, accepted, or read for 30 seconds or more. A click alone is none: it says
-- that the snippet looked right. Where copy, accept, dwell and reject contradict each other for one result of one search,
-- the newest counts, so that a slip of the hand is mended by doing it right.
create or replace view feedback_positive as
select d.query_id, d.content_hash, d.rank, d.signal, d.given_at
from (select distinct on (f.query_id, f.content_hash) f.*
      from query_feedback f
      where f.signal in ('copy', 'accept', 'reject') or (f.signal = 'dwell' and f.value >= 30)
      order by f.query_id, f.content_hash, f.given_at desc, f.feedback_id desc) d
where d.signal <> 'reject';
comment on view feedback_positive is 'Results that were copied, accepted or read for 30 seconds, and not rejected after.';

-- views/index_status.sql
-- The state of each repository's index: what is searchable, what is owed, what failed or was skipped.
create or replace view index_status with (security_invoker = true) as
select r.name as repository,
       coalesce(f.files, 0) as files,
       coalesce(s.chunks, 0) as chunks,
       coalesce(j.pending_files, 0) as pending_files,
       coalesce(j.failed_files, 0) as failed_files,
       coalesce(k.skipped_files, 0) as skipped_files,
       coalesce(e.embedded_texts, 0) as embedded_texts,
       coalesce(e.total_texts, 0) as total_texts,
       case when coalesce(e.total_texts, 0) = 0 then case when coalesce(j.pending_files, 0) = 0 then 1.0 else 0.0 end
            else e.embedded_texts::float8 / e.total_texts end as vector_coverage,
       r.indexed_commit, r.indexed_at as last_indexed_at, coalesce(j.last_error, r.last_error) as last_error,
       j.oldest_pending, coalesce(j.retrying_files, 0) as retrying_files
from repository r
left join (select repository_id, count(*) as files from source_file group by 1) f using (repository_id)
left join (select repository_id, sum(chunk_count) as chunks from lexical_statistic where level = 0 group by 1) s using (repository_id)
left join (select repository_id, count(distinct file_id) filter (where state <> 'failed') as pending_files,
                  count(distinct file_id) filter (where state = 'failed') as failed_files,
                  count(distinct file_id) filter (where state = 'queued' and last_error is not null) as retrying_files,
                  max(last_error) filter (where state = 'failed') as last_error,
                  clock_timestamp() - min(created_at) filter (where state <> 'failed') as oldest_pending
           from index_job group by 1) j using (repository_id)
left join (select repository_id, count(*) as skipped_files from skipped_file group by 1) k using (repository_id)
left join embedding_coverage((select model_version_id from model_version where status = 'active')) e using (repository_id)
order by r.name;
comment on view index_status is 'The state of each repository''s index: what is searchable, owed, failed or skipped.';

-- views/model_status.sql
-- Each model version: how much of the index it covers, what is owed, and what it takes on disk. Runs as its owner: sizes
-- tell of repositories that a tenant can't see.
create or replace view model_status as
select m.model_version_id, m.name, m.status, m.dimension, p.name as parent,
       c.total_texts, c.embedded_texts, case when c.total_texts = 0 then 1.0 else c.embedded_texts::float8 / c.total_texts end as coverage,
       j.pending_files, j.failed_files, vector_index(m.model_version_id) is not null as has_index,
       pg_total_relation_size(to_regclass(embedding_table(m.model_version_id))) as vector_bytes,
       (select coalesce(sum(octet_length(a.content)), 0)::bigint from model_artefact a where a.model_version_id = m.model_version_id) as artefact_bytes,
       m.created_at, m.activated_at
from model_version m
left join model_version p on p.model_version_id = m.parent_id
cross join lateral (select coalesce(sum(e.total_texts), 0)::bigint as total_texts, coalesce(sum(e.embedded_texts), 0)::bigint as embedded_texts
                    from embedding_coverage(m.model_version_id) e) c
cross join lateral (select count(*) filter (where i.state <> 'failed') as pending_files, count(*) filter (where i.state = 'failed') as failed_files
                    from index_job i where i.model_version_id = m.model_version_id) j;
comment on view model_status is 'Each model version: how much of the index it covers, what is owed, and what it takes on disk.';

-- views/query_embedding_cache_status.sql
-- How often the query embedding was found in the cache. A miss made a row, so rows are misses.
create or replace view query_embedding_cache_status as
select m.name as model, coalesce(c.entries, 0) as entries,
       coalesce(c.hits, 0) + coalesce(t.hits, 0) as hits,
       coalesce(c.entries, 0) + coalesce(t.misses, 0) as misses,
       (coalesce(c.hits, 0) + coalesce(t.hits, 0))::float8
       / nullif(coalesce(c.hits, 0) + coalesce(t.hits, 0) + coalesce(c.entries, 0) + coalesce(t.misses, 0), 0) as hit_rate
from model_version m
left join (select model_version_id, count(*) as entries, sum(hits)::bigint as hits from query_embedding_cache group by 1) c
    using (model_version_id)
left join query_embedding_count t using (model_version_id);
comment on view query_embedding_cache_status is 'Entries, hits, misses and hit rate of the query embedding cache, by model version.';

-- views/settings.sql
-- Every weight, size and switch of search and indexing with its value.
create or replace view settings with (security_invoker = true) as
select d.name, coalesce(s.value, d.value) as value, d.value as default_value, d.description, s.changed_at
from default_settings() d left join setting s on s.name = d.name
order by d.name;
comment on view settings is 'Every weight, size and switch of search and indexing with its value.';

-- views/triplet_candidate.sql
-- Every result that was shown beside a strong positive, with what speaks against it as a negative (verdict; 'negative'
-- where nothing does). Only what the user passed over counts: results above the positive, read and left, and the two below
-- it; further down nobody may have looked (skip above, Joachims et al. 2005). Not what was used in any way in the same
-- search, nor what was a positive for the same words in any search, and no copies of a positive.
create or replace view triplet_candidate as
select p.query_id, q.query as anchor, p.content_hash as positive_hash, r.content_hash as negative_hash, p.rank as positive_rank,
       r.rank as negative_rank, p.signal, p.given_at, r.repository_id, q.model_version_id,
       coalesce(u.rejected, false) as rejected,
       case when q.query is null then 'query not kept'
            when pt.content_hash is null or nt.content_hash is null then 'text not kept'
            when r.content_hash = p.content_hash then 'the positive'
            when u.used then 'used too'
            when exists (select from feedback_positive o join query_log oq on oq.query_id = o.query_id
                         where oq.query_hash = q.query_hash and o.content_hash = r.content_hash) then 'positive elsewhere'
            when r.rank > p.rank + 2 and u.rejected is not true then 'not looked at'
            when term_overlap(pt.terms, nt.terms) >= setting_number('feedback.near_duplicate') then 'near-duplicate'
            else 'negative' end as verdict
from feedback_positive p
join query_log q on q.query_id = p.query_id
join query_results r on r.query_id = p.query_id
left join feedback_text pt on pt.content_hash = p.content_hash
left join feedback_text nt on nt.content_hash = r.content_hash
left join lateral (select bool_or(f.signal in ('click', 'dwell', 'copy', 'accept', 'edit'))
                          and (array_agg(f.signal order by f.given_at desc, f.feedback_id desc))[1] <> 'reject' as used,
                          (array_agg(f.signal order by f.given_at desc, f.feedback_id desc))[1] = 'reject' as rejected
                   from query_feedback f where f.query_id = p.query_id and f.content_hash = r.content_hash) u on true;
comment on view triplet_candidate is 'Results shown beside a strong positive, with what speaks against each as a negative.';

-- views/triplet.sql
-- Training rows from use: the words of a search, a strong positive, and up to three results that the user passed over:
-- first the rejected, then those above the positive, then those below, the nearest first.
-- weight answers the position bias: users look at rank r less often, about r to the power -b, so a positive found there
-- stands for r to the power b of its kind (inverse propensity, Joachims et al. 2017). b is the setting feedback.position_bias;
-- 0 switches it off, and the weight is cut at 4 so that a few stray signals far down don't lead the training. The
-- negatives need no such weight: they were looked at. Each positive's weight is shared among its negatives.
create or replace view triplet as
select c.query_id, c.anchor, pt.text as positive, nt.text as negative, c.positive_rank, c.negative_rank, c.signal, c.rejected,
       least(power(c.positive_rank, setting_number('feedback.position_bias')), 4) / c.negatives as weight,
       c.positive_hash, c.negative_hash, r.name as repository, c.model_version_id, c.given_at
from (select d.*, count(*) over (partition by d.query_id, d.positive_hash) as negatives
      from (select n.*, row_number() over (partition by n.query_id, n.positive_hash
                order by n.rejected desc, n.negative_rank > n.positive_rank, abs(n.negative_rank - n.positive_rank)) as place
            from (select distinct on (x.query_id, x.positive_hash, x.negative_hash) x.* from triplet_candidate x
                  where x.verdict = 'negative' order by x.query_id, x.positive_hash, x.negative_hash, x.negative_rank) n) d
      where d.place <= 3) c
join feedback_text pt on pt.content_hash = c.positive_hash
join feedback_text nt on nt.content_hash = c.negative_hash
left join repository r on r.repository_id = c.repository_id;
comment on view triplet is
'Training rows from use: anchor, positive, up to three negatives that were passed over, and a weight against position bias.';

-- views/truncation_audit.sql
-- What a model version did not see: texts longer than its window. covered says whether windows of the same chunk hold
-- all of it, so that nothing is lost to the vector leg.
create or replace function truncated_texts(model_version_id int)
returns table (chunk_id bigint, unit smallint, token_count int, kept_tokens int, covered boolean)
language plpgsql stable
set search_path from current
as $$
begin
    if model_version_id is null then
        return;
    end if;
    return query execute format(
        'select e.chunk_id, e.unit, e.token_count, e.kept_tokens,
                e.unit <= 0 and exists (select from %1$s w where w.chunk_id = e.chunk_id and w.unit > 0)
                and not exists (select from %1$s w where w.chunk_id = e.chunk_id and w.unit > 0 and w.kept_tokens < w.token_count)
         from %1$s e where e.kept_tokens < e.token_count', embedding_table(model_version_id));
end
$$;
comment on function truncated_texts(int) is 'Texts longer than a model version''s window.';

create or replace view truncation_audit with (security_invoker = true) as
select r.name as repository, f.path, c.start_line, c.end_line, c.kind, c.symbol, x.unit, x.token_count, x.kept_tokens, x.covered
from truncated_texts((select model_version_id from model_version where status = 'active')) x
join chunk c on c.chunk_id = x.chunk_id
join source_file f on f.file_id = c.file_id
join repository r on r.repository_id = c.repository_id;
comment on view truncation_audit is 'Texts that the active model cut, and whether windows of the same chunk hold what was cut.';

create or replace view chunk_size_histogram with (security_invoker = true) as
select r.name as repository, c.kind, width_bucket(length(regexp_replace(c.content, '\s', '', 'g')), array[100, 250, 500, 1000, 2000, 4000, 8000]) as bucket,
       (array['0-99', '100-249', '250-499', '500-999', '1000-1999', '2000-3999', '4000-7999', '8000-'])[
           width_bucket(length(regexp_replace(c.content, '\s', '', 'g')), array[100, 250, 500, 1000, 2000, 4000, 8000]) + 1] as characters,
       count(*) as chunks
from chunk c join repository r on r.repository_id = c.repository_id
group by 1, 2, 3, 4;
comment on view chunk_size_histogram is 'How many chunks there are of each size, in characters that are not white space.';

-- views/worker_status.sql
-- The workers that are connected or hold jobs. A worker names its connections after itself; behind a pooler that hides
-- the name, it shows as soon as it holds a job.
create or replace view worker_status with (security_invoker = true) as
select coalesce(a.worker, j.worker) as worker, a.worker is not null as connected, a.connected_since,
       coalesce(j.jobs, 0) as jobs, j.stage, j.lease_until
from (select substr(application_name, length('pgcodesearch worker ') + 1) as worker, min(backend_start) as connected_since
      from pg_stat_activity
      where application_name like 'pgcodesearch worker %' and datname = current_database() group by 1) a
full join (select worker, count(*) as jobs, min(stage) as stage, min(lease_until) as lease_until
           from index_job where state = 'running' group by 1) j on j.worker = a.worker;
comment on view worker_status is 'The workers that are connected or hold jobs, and until when their leases last.';

-- roles/create_roles.sql
-- The roles, shared by all databases of a server: reader, writer (which reads) and admin (which does both). They can't
-- log in; grant them to those who do. Where the installing role may not create roles, it says what to run.
do $$
declare
    wanted text;
    inherited text;
begin
    foreach wanted in array array['codesearch_reader', 'codesearch_writer', 'codesearch_admin'] loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
                execute format('create role %I nologin', wanted);
            end if;
            if inherited is not null and not pg_catalog.pg_has_role(wanted, inherited, 'usage') then
                execute format('grant %I to %I', inherited, wanted);
            end if;
        exception
            when duplicate_object or unique_violation then
                null; -- another database of this server is being installed at the same moment
            when insufficient_privilege or undefined_object then
                raise warning using message = format('role %s could not be created, or not be granted %s', wanted, coalesce(inherited, 'anything')),
                    hint = format('as a role with CREATEROLE: create role %I nologin; %s then as the owner: select codesearch.apply_privileges();',
                        wanted, coalesce('grant ' || inherited || ' to ' || wanted || ';', ''));
        end;
        inherited := wanted;
    end loop;
end
$$;

-- roles/apply_privileges.sql
-- Rights of the roles on everything above, and policies for what is new, where row-level security is in use.
do $$
begin
    perform codesearch.apply_privileges();
    if (select c.relrowsecurity from pg_catalog.pg_class c where c.oid = 'codesearch.repository'::regclass) then
        perform codesearch.enable_row_level_security();
    end if;
end
$$;

-- pg_dump leaves out the rows of an extension's tables unless they are registered. Two stay unregistered, because
-- restoring first creates the extension: alembic_version, which its script fills, and index_job, which the trigger of
-- source_file fills again with the files that are still to be indexed.
do $$
declare
    member regclass;
begin
    for member in
        select c.oid
        from pg_catalog.pg_extension e
        join pg_catalog.pg_depend d
            on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
        join pg_catalog.pg_class c
            on d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid and c.relkind in ('r', 'p', 'S')
        where e.extname = 'pgcodesearch'
            and c.relname not in ('alembic_version', 'index_job', 'index_job_job_id_seq')
            and c.oid <> all (coalesce(e.extconfig, '{}'))
        order by c.oid
    loop
        perform pg_catalog.pg_extension_config_dump(member, '');
    end loop;
end
$$;
