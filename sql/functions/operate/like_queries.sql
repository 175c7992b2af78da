-- Which of these queries ask the same as one before them: of the same words (query_terms, whichever their order), or,
-- where the model's query table embeds them, with a cosine of blind_spots.likeness or more to it. leader is the place
-- of the first of them. Give those first that shall stand for others; a few hundred take a second.
create or replace function like_queries(queries text [], model_version_id int)
returns table (place int, leader int)
language plpgsql stable rows 100
set search_path from current
as $$
#variable_conflict use_column
declare
    by_table boolean := (select e.encoder = 'table' from query_encoder(like_queries.model_version_id) e);
    likeness float8 := setting_number('blind_spots.likeness');
    led jsonb := '{}';
    leaders int [] := '{}';
    vectors halfvec [] := '{}';
    words text;
    vector halfvec;
begin
    for number in 1 .. cardinality(queries) loop
        place := number;
        words := array_to_string(array(select distinct t from unnest(query_terms(queries[place])) t order by t), ' ');
        leader := (led ->> words)::int;
        if leader is null and by_table then
            vector := embed_by_table(queries[place], like_queries.model_version_id);
            select leaders[v.number] into leader
            from unnest(vectors) with ordinality as v(embedding, number)
            where 1 - (v.embedding <=> vector) >= likeness
            order by v.embedding <=> vector limit 1;
            if leader is null and vector is not null then
                leaders := leaders || place;
                vectors := vectors || vector;
            end if;
        end if;
        leader := coalesce(leader, place);
        led := led || jsonb_build_object(words, leader);
        return next;
    end loop;
end
$$;
comment on function like_queries(text [], int) is
'Which of these queries ask the same as one before them: the same words, or near by meaning.';
