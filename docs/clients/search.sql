-- Asks pgcodesearch a question and says that the first result was used. psql:
--
--     psql -qAt -v question='where are redirects followed' -f search.sql postgres://user@localhost/codesearch

create temporary table answer as select * from codesearch.search(:'question', k => 5);

select path || ':' || start_line || ' ' || symbol from answer order by rank;

select codesearch.record_feedback(query_id, chunk_id, 'click') is not null as recorded
from answer where rank = 1 and query_id is not null \gset
