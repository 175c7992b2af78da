-- Which of a ranker's weights a question is for: by the legs that there are, and by the class of query. Who names the
-- language asks as one asks the web, in words that are less those of the code: a class of its own.
create or replace function ranked_as(
    asked query_parts, mode text, has_vector boolean, out legs text, out query_class text
)
language sql immutable parallel safe
as $$
    select case when mode = 'lexical' or not has_vector then 'lexical' when mode in ('vector', 'exact') then 'vector'
               else 'hybrid' end,
           case when asked.class = 'semantic' and asked.languages <> '{}' then 'language' else asked.class end
$$;
comment on function ranked_as(query_parts, text, boolean) is 'Which of a ranker''s weights a question is for.';
