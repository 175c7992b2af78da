-- Makes a set of judged queries of what two judges agree on. Disputed places are left out, and so is a query of which
-- no place that both grade 2 or 3 is left while some are disputed: it would count as one that should find nothing.
-- Queries that the set has already, and these two judged, are replaced.
create or replace function settle_judgments(
    one text, other text, query_set text, out queries int, out judgments int, out left_out int
)
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted text := settle_judgments.query_set;
    both_judged text [];
    settled text [];
begin
    both_judged := array(
        select a.query_key from judged_query a
        join judged_query b on b.query_set = settle_judgments.other and b.query_key = a.query_key
        where a.query_set = settle_judgments.one);
    settled := array(
        select k from unnest(both_judged) k
        where not exists (select from disputed_places(settle_judgments.one, settle_judgments.other) d
                          where d.query_key = k)
           or exists (select from judgment a
                      join judgment b on b.query_set = settle_judgments.other
                          and (b.query_key, b.path, b.start_line, b.end_line, b.grade)
                              = (a.query_key, a.path, a.start_line, a.end_line, a.grade)
                      where a.query_set = settle_judgments.one and a.query_key = k and a.grade > 0));
    if wanted in (settle_judgments.one, settle_judgments.other) or coalesce(wanted, '') !~ '\S' then
        raise exception using errcode = 'CS001', message = format('%L is the set of a judge, or none', wanted),
            hint = 'give what the judges agree on a name of its own';
    elsif both_judged = '{}' then
        raise exception using errcode = 'CS001',
            message = format('%L and %L have no query in common', settle_judgments.one, settle_judgments.other),
            hint = 'select * from codesearch.judged_set';
    end if;
    delete from judged_query q where q.query_set = wanted and q.query_key = any(both_judged);
    insert into judged_query (query_set, query_key, repository, language, category, query)
    select wanted, q.query_key, q.repository, q.language, q.category, q.query
    from judged_query q where q.query_set = settle_judgments.one and q.query_key = any(settled);
    get diagnostics queries = row_count;
    insert into judgment (query_set, query_key, path, symbol, start_line, end_line, grade)
    select wanted, a.query_key, a.path, a.symbol, a.start_line, a.end_line, a.grade
    from judgment a
    join judgment b on b.query_set = settle_judgments.other
        and (b.query_key, b.path, b.start_line, b.end_line, b.grade)
            = (a.query_key, a.path, a.start_line, a.end_line, a.grade)
    where a.query_set = settle_judgments.one and a.query_key = any(settled);
    get diagnostics judgments = row_count;
    left_out := cardinality(both_judged) - queries;
end
$$;
comment on function settle_judgments(text, text, text) is
'Makes a set of judged queries of what two judges agree on; how many queries, judgments, and queries left out.';
