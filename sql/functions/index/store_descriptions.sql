-- Keeps what was said of contents of a repository, [{content_hash, wording, text}], and makes it texts of the chunks
-- that have these, which workers embed; without descriptions all that are kept are, where a chunk lacks one.
-- described_by: the language model, empty where it is the documentation's own. Returns how many texts chunks have more
-- or others than before.
create or replace function store_descriptions(
    repository_id int, descriptions jsonb default null, described_by text default ''
)
returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    longest constant int := 1000;
    wanted int := store_descriptions.repository_id;
    said text := coalesce(store_descriptions.described_by, '');
    wrong text;
    changed int;
begin
    if wanted is null or wanted <> all(writable_repositories()) then
        raise exception using errcode = 'CS006', message = format('there is no repository %s', wanted),
            hint = 'select repository from codesearch.index_status lists those you may write';
    end if;
    if jsonb_typeof(descriptions) <> 'array' then
        raise exception using errcode = 'CS001', message = 'descriptions are no JSON array',
            hint = '[{"content_hash": "…", "wording": "formal", "text": "…"}]';
    end if;
    select format('wording %L with a text of %s characters', v.wording, coalesce(length(v.text)::text, 'no'))
    into wrong
    from jsonb_to_recordset(descriptions) as v(content_hash uuid, wording text, text text)
    where v.content_hash is null or v.text is null or length(v.text) > longest
        or description_unit(v.wording) is null
    limit 1;
    if wrong is not null then
        raise exception using errcode = 'CS001', message = format('a description cannot be stored: %s', wrong),
            hint = format('wordings are documentation, formal, short and query; texts have up to %s characters',
                longest);
    end if;
    -- Only of contents that are there: nobody fills the database with others.
    insert into chunk_description as d (repository_id, content_hash, wording, text, described_by)
    select distinct on (v.content_hash, v.wording) wanted, v.content_hash, v.wording, v.text, left(said, 200)
    from jsonb_to_recordset(descriptions) as v(content_hash uuid, wording text, text text)
    where exists (select from chunk c where c.repository_id = wanted and c.content_hash = v.content_hash)
    order by v.content_hash, v.wording
    on conflict (repository_id, content_hash, wording) do update
        set text = excluded.text, described_by = excluded.described_by, described_at = now();
    changed := attach_descriptions(wanted, case when descriptions is not null then array(
        select distinct v.content_hash from jsonb_to_recordset(descriptions) as v(content_hash uuid)) end);
    if changed > 0 then
        perform pg_notify('codesearch_jobs', '');
    end if;
    return changed;
end
$$;
comment on function store_descriptions(int, jsonb, text) is
'Keeps what was said of contents of a repository and makes it texts of its chunks.';
revoke all on function store_descriptions(int, jsonb, text) from public;
