-- The places that a question leads to and why it stopped, from its hits: hop after hop along next_hop and
-- leftover_places, from the best places of the hop before.
create or replace function find_hops(
    query text, hits hit [], hops int, k int, repository text, model_version_id int, max_chunks int,
    deadline timestamptz, out places hop_place [], out best hop_place [], out stopped text
)
language plpgsql stable
set search_path from current
as $$
declare
    -- How many hits are gone on from, and how many places of each hop.
    beam constant int := 20;
    starts constant int := 10;
    -- What a hit counts as an answer itself, and a place for each hop beyond the first.
    as_answer constant float8 := 0.05;
    further constant float8 := 0.1;
    settings jsonb := current_settings(model_version_id);
    scope search_scope := scope_of(find_hops.repository);
    frontier hop_place [] := hop_starts(hits, cardinality(hits));
    seen bigint [] := '{}';
    left_over text;
    looked int := 0;
    done int := 0;
    way bigint [];
begin
    stopped := case when hits = '{}' then 'nothing new'
        when uncovered_words(query, array[hits [1].chunk_id]) = '' then 'answered' when hops = 0 then 'hops' end;
    if stopped is not null then
        -- What the search found is the answer, in its order.
        places := array(select row(h.chunk_id, 0, null, null, null, 1, h.score)::hop_place
            from unnest(hits) h order by h.rank limit k);
        best := places;
        return;
    end if;
    left_over := uncovered_words(query, array(select f.chunk_id from unnest(frontier [:3]) f));
    left_over := coalesce(nullif(left_over, ''), query);
    places := place_scores(frontier, as_answer, left_over, scope, model_version_id, settings);
    best := best_places(places, k);
    frontier := frontier [:starts];
    while stopped is null loop
        stopped := case when done >= hops then 'hops' when looked >= max_chunks then 'chunks'
            when clock_timestamp() >= deadline then 'time' end;
        exit when stopped is not null;
        seen := seen || array(select f.chunk_id from unnest(frontier) f);
        -- The first hop may come to another hit: what leads there makes it likelier.
        frontier := next_hop(frontier, leftover_places(frontier [1], query, find_hops.repository, model_version_id,
            starts), case when done = 0 then '{}' else seen end, scope, max_chunks - looked);
        done := done + 1;
        looked := looked + cardinality(frontier);
        frontier := place_scores(frontier, further ^ (done - 1), left_over, scope, model_version_id, settings);
        places := places || frontier;
        best := best_places(places, k);
        frontier := best_places(array(select f from unnest(frontier) f where f.chunk_id <> all(seen)), beam);
        select t.chunks into way from hop_trail(best [1], places) t;
        stopped := case when uncovered_words(query, way) = '' then 'answered'
            when frontier = '{}' then 'nothing new'
            when not exists (select from unnest(best) b where b.hop = done) then 'nothing better' end;
    end loop;
end
$$;
comment on function find_hops(text, hit [], int, int, text, int, int, timestamptz) is
'The places that a question leads to and why it stopped, from its hits.';
