-- Sets of judged queries: how many queries each has, how many of them should find nothing, and of which repositories
-- they are.
create or replace view judged_set as
select q.query_set, count(*)::int as queries,
       (count(*) filter (where not exists (select from judgment j where j.query_set = q.query_set
            and j.query_key = q.query_key and j.grade > 0)))::int as no_answer,
       array_agg(distinct q.repository) filter (where q.repository is not null) as repositories
from judged_query q
group by q.query_set;
comment on view judged_set is
'Sets of judged queries: their queries, those that should find nothing, and their repositories.';
