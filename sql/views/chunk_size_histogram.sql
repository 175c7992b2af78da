-- Sizes of chunks by kind: what a change of the chunker did to them is seen here.
create or replace view chunk_size_histogram with (security_invoker = true) as
select r.name as repository, c.kind, width_bucket(length(regexp_replace(c.content, '\s', '', 'g')),
    array[100, 250, 500, 1000, 2000, 4000, 8000]) as bucket,
       (array['0-99', '100-249', '250-499', '500-999', '1000-1999', '2000-3999', '4000-7999', '8000-'])[
           width_bucket(length(regexp_replace(c.content, '\s', '', 'g')), array[100, 250, 500, 1000, 2000, 4000, 8000])
               + 1] as characters,
       count(*) as chunks
from chunk c join repository r on r.repository_id = c.repository_id
group by 1, 2, 3, 4;
comment on view chunk_size_histogram is
'How many chunks there are of each size, in characters that are not white space.';
