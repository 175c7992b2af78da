-- What has to change for a symbol, or with a file ('src/app.py') or the definition at a line of one ('src/app.py:40'):
-- the definitions, what calls, overrides, tests, documents and configures them, and what changed together with their
-- files, likeliest first; task says in words what is to be done. One row a chunk; role is the strongest reason, reason
-- has all. per_file => 1 answers with files. Runs as the caller: row-level security holds.
create or replace function impact(
    symbol text, k int default 20, repository text default null, task text default null, per_file int default null,
    min_confidence float8 default 0.05
)
returns setof answered_place
language plpgsql volatile rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope;
    weights jsonb := impact_weights();
    settings jsonb := current_settings();
begin
    perform check_symbol(impact.symbol, impact.k);
    perform check_search(impact.symbol, impact.k, 'lexical', null, null, impact.per_file);
    scope := scope_of(impact.repository);
    return query
    with evidence as materialized (
        select e.version_id, e.chunk_id, e.role, e.weight * (weights ->> e.role)::float8 as weight, e.lines, e.reason
        from impact_findings(impact.symbol, scope, impact.repository, impact.task) e
    ), strongest as materialized (
        select e.version_id, e.chunk_id, e.role, least(max(e.weight), 0.999) as weight,
               (array_agg(e.reason order by e.weight desc, e.reason)) [1] as reason
        from evidence e group by e.version_id, e.chunk_id, e.role
    ), place as (
        select s.version_id, s.chunk_id, 1 - exp(sum(ln(1 - s.weight))) as score,
               row_number() over (partition by s.version_id order by sum(ln(1 - s.weight)), s.chunk_id) as in_file
        from strongest s where s.chunk_id is not null group by s.version_id, s.chunk_id
        union all
        select s.version_id, (select c.chunk_id from chunk c where c.version_id = s.version_id and c.level = 1), 0, 1
        from strongest s group by s.version_id having count(s.chunk_id) = 0
    ), file as (
        -- The first place of a file stands for all that is known of the file.
        select k.version_id, 1 - exp(sum(ln(1 - k.weight))) as score
        from (select s.version_id, s.role, max(s.weight) as weight from strongest s group by s.version_id, s.role) k
        group by k.version_id
    ), best as (
        select p.version_id, p.chunk_id, p.in_file, o.score, r.name, v.path, c.start_line, c.end_line, c.symbol,
               c.content, row_number() over (order by o.score desc, v.path, c.start_line, c.chunk_id) as rank
        from place p
        join file f on f.version_id = p.version_id
        cross join lateral (select case when p.in_file = 1 then f.score else p.score end as score) o
        join chunk c on c.chunk_id = p.chunk_id
        join file_version v on v.version_id = p.version_id
        join repository r on r.repository_id = c.repository_id
        where p.in_file <= coalesce(impact.per_file, p.in_file) and o.score >= min_confidence
        order by rank limit impact.k
    )
    select b.rank::int, 'impact', coalesce(impact.repository, b.name), b.path, b.start_line, b.end_line, b.chunk_id,
           y.role, b.symbol::text, snippet(b.content, b.start_line, l.lines [1], settings), l.lines, y.reason, b.score,
           null::bigint
    from best b
    cross join lateral (
        select (array_agg(s.role order by s.weight desc, s.role)) [1] as role,
               string_agg(s.reason, '; ' order by s.weight desc, s.role) as reason
        from strongest s where s.version_id = b.version_id
            and (s.chunk_id = b.chunk_id or s.chunk_id is null and b.in_file = 1)) y
    cross join lateral (
        select array(select distinct u.line from evidence e cross join unnest(e.lines) u(line)
                     where e.chunk_id = b.chunk_id order by u.line) as lines) l
    order by b.rank;
end
$$;
comment on function impact(text, int, text, text, int, float8) is
'What has to change for a symbol or with a file: definitions, callers, overrides, tests, documents, configuration, '
'and what changed together with them.';
