-- What a search for the rest of the question finds from one place: for the words that the place lacks, beside its
-- symbol, which says where. Places as next_hop gives, with little mass: the graph is the surer way.
create or replace function leftover_places(
    source hop_place, query text, repository text, model_version_id int, most int
)
returns hop_place []
language plpgsql stable
set search_path from current
as $$
declare
    words text := uncovered_words(query, array[source.chunk_id]);
    -- Where only the caller can embed, it has embedded the question alone.
    mode text := case when (select e.encoder from query_encoder(model_version_id) e) is null then 'lexical'
        else 'hybrid' end;
begin
    if words = '' then
        return '{}';
    end if;
    return (
        select coalesce(array_agg(row(s.chunk_id, source.hop + 1, source.chunk_id, 'lacks words that are in', words,
            source.mass * 0.05 * s.mass, null)::hop_place), '{}')
        from unnest(hop_starts(search_hits(
            left(words || ' ' || (select c.symbol from chunk c where c.chunk_id = source.chunk_id),
                setting_number('query.max_length')::int),
            most, repository, null, null, null, mode, model_version_id, null, null, null), most)) s
        where s.chunk_id <> source.chunk_id);
end
$$;
comment on function leftover_places(hop_place, text, text, int, int) is
'What a search for the rest of the question finds from one place.';
