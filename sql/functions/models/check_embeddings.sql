-- Refuses vectors that can't be those of a model version: of another dimension, or not of length 1.
create or replace function check_embeddings(model_version_id int, embeddings halfvec []) returns void
language plpgsql stable
set search_path from current
as $$
declare
    expected int := (select m.dimension from model_version m
        where m.model_version_id = check_embeddings.model_version_id);
    given int := (select max(vector_dims(e)) from unnest(embeddings) e);
    shortest float8;
    longest float8;
begin
    if given is distinct from expected and cardinality(embeddings) > 0 then
        raise exception using errcode = 'CS003',
            message = format('embeddings have %s dimensions, model version %s has %s', given, model_version_id,
                expected),
            hint = 'embed with the model that codesearch.model_version names';
    end if;
    select min(l2_norm(e)), max(l2_norm(e)) into shortest, longest from unnest(embeddings) e;
    if shortest < 0.99 or longest > 1.01 then
        raise exception using errcode = 'CS003',
            message = format('an embedding has length %s, not 1', case when shortest < 0.99 then shortest
                else longest end),
            hint = 'Embedder.encode gives vectors of length 1; '
                'a vector of zeros has no direction and is near to nothing';
    end if;
end
$$;
comment on function check_embeddings(int, halfvec []) is
'Refuses vectors that can''t be those of a model version.';
