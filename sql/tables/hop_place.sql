-- A type of its own, because every function of search_hops passes it on.
create type hop_place as (
    chunk_id bigint, hop int, via bigint, relation text, detail text, mass float8, score float8
);
comment on type hop_place is
'A chunk that search_hops came to: in how many hops, from which chunk, by what relation that is written where, how '
'likely the way there is (mass), and the score.';
