-- A second look at the first hits of a search, at what would cost too much for every candidate: how much of the query
-- each covers, rare terms most (their idf squared), with its text and with its heading, which is name, scope, signature
-- and documentation. Both are standardised over those hits and added to the score; the hits behind them stay behind. A
-- query that names a language is in words that are less those of the code: there all stay where they are.
create or replace function rerank_hits(hits hit [], query text, repositories int [], level smallint, settings jsonb)
    returns hit []
language plpgsql stable
set search_path from current
as $$
declare
    looked_at int := (settings ->> 'rerank.candidates')::int;
    text_weight float8 := (settings ->> 'rerank.coverage')::float8;
    heading_weight float8 := (settings ->> 'rerank.heading')::float8;
    terms text [];
    weights float8 [];
begin
    if named_languages(query) <> '{}' then
        return hits;
    end if;
    select array_agg(i.term), array_agg(i.idf::float8 ^ 2) into terms, weights
    from term_idf(query_terms(query), repositories, rerank_hits.level) i;
    if coalesce(cardinality(terms), 0) < 2 then
        return hits;
    end if;
    return (
        with looked as (
            select c.chunk_id, tsvector_to_array(c.lexemes) as words,
                tsvector_to_array(ts_filter(c.lexemes, '{a,c}')) as heading_words
            from chunk c
                where c.chunk_id = any(array(select h.chunk_id from unnest(hits) h where h.rank <= looked_at)) offset 0
        ), covered as (
            select l.chunk_id,
                   (select coalesce(sum(t.weight), 0) from unnest(terms, weights) t(term, weight)
                       where t.term = any(l.words)) as words,
                   (select coalesce(sum(t.weight), 0) from unnest(terms, weights) t(term, weight)
                       where t.term = any(l.heading_words)) as heading
            from looked l
        ), share as (
            select c.chunk_id,
                   text_weight * (c.words - avg(c.words) over ()) / greatest(stddev_pop(c.words) over (), 1e-6)
                       as coverage,
                   heading_weight * (c.heading - avg(c.heading) over ()) / greatest(stddev_pop(c.heading) over (), 1e-6)
                       as heading
            from covered c
        ), rescored as (
            select h.*, s.coverage, s.heading, s.chunk_id is null as behind,
                coalesce(h.score + s.coverage + s.heading, h.score) as new_score
            from unnest(hits) h left join share s on s.chunk_id = h.chunk_id
        ), shifted as (
            -- What is behind stays there with its score, too.
            select r.*, case when r.behind then least(0, min(r.new_score) filter (where not r.behind) over ()
                                                         - max(r.new_score) filter (where r.behind) over () - 1e-9) end
                                                             as shift
            from rescored r
        ), placed as (
            select s.*, s.new_score + coalesce(s.shift, 0) as final_score,
                   row_number() over (order by s.behind, s.new_score desc, s.chunk_id) as place
            from shifted s
        )
        select array_agg(row(p.place, p.chunk_id, p.repository_id, p.content_hash, p.final_score, p.lexical_rank,
            p.vector_rank, p.focus_line,
                             case when p.features ? 'base'
                                  then p.features
                                      || jsonb_build_object('coverage', p.coverage, 'heading', p.heading, 'behind',
                                          p.shift,
                                                                        'final_score', p.final_score)
                                  else p.features end)::hit order by p.place)
        from placed p);
end
$$;
comment on function rerank_hits(hit [], text, int [], smallint, jsonb) is
'A second look at the first hits of a search: how much of the query each covers.';
