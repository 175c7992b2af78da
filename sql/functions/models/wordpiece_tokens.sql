-- A text as tokens of a query table's vocabulary by WordPiece (Schuster and Nakajima 2012; Devlin et al. 2019, BERT):
-- each word whole where the vocabulary has it, else in pieces. Looked up in scalar subqueries: without statistics the
-- planner would join by reading the whole vocabulary, for each query.
create or replace function wordpiece_tokens(input text, options jsonb, model_version_id int) returns text []
language plpgsql stable
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    wanted int := wordpiece_tokens.model_version_id;
    longest int := (options ->> 'max_input_chars_per_word')::int;
begin
    return array(
        select p.token
        from unnest(codesearch.wordpiece_words(input, options)) with ordinality as w(word, place)
        cross join lateral unnest(case
            when length(w.word) <= longest and (select true from codesearch.query_token t
                where t.model_version_id = wanted and t.token = w.word limit 1) then array[w.word]
            else codesearch.wordpiece_pieces(w.word, options, wanted) end) with ordinality as p(token, piece)
        order by w.place, p.piece);
end
$$;
comment on function wordpiece_tokens(text, jsonb, int) is
'A text as tokens of a query table''s vocabulary by WordPiece.';
