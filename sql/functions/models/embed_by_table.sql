-- The embedding of a query by its model's query table: the unit vector along the sum of the vectors of its tokens, and
-- of pairs of neighbours that have one of their own, since "data frame" is more than its words. The mean has the same
-- direction, and pgvector sums halfvec in half precision.
create or replace function embed_by_table(query text, model_version_id int) returns halfvec
language plpgsql stable
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    wanted int := embed_by_table.model_version_id;
    tokens text [] := query_tokens(query, wanted);
begin
    return (select l2_normalize(avg((select t.embedding from query_token t
                                     where t.model_version_id = wanted and t.token = q.token)))
            from (select unnest(tokens) as token
                  union all
                  select p.left_one || ' ' || p.right_one
                  from unnest(tokens, tokens [2:]) as p(left_one, right_one)) q);
end
$$;
comment on function embed_by_table(text, int) is
'The embedding of a query by its model''s query table, by look-up.';
