-- A word that the vocabulary does not have whole, cut into the longest pieces that it has, from left to right; unknown
-- where it can't be cut.
create or replace function wordpiece_pieces(word text, options jsonb, model_version_id int) returns text []
language plpgsql stable
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    wanted int := wordpiece_pieces.model_version_id;
    longest int := (options ->> 'longest_token')::int;
    pieces text [] := '{}';
    prefix text := '';
    rest text := word;
    size int;
begin
    if length(word) > (options ->> 'max_input_chars_per_word')::int then
        return array[options ->> 'unknown'];
    end if;
    while rest <> '' loop
        select max(n.size) into size from generate_series(1, least(length(rest), longest)) as n(size)
        where (select true from codesearch.query_token t
               where t.model_version_id = wanted and t.token = prefix || left(rest, n.size));
        if size is null then
            return array[options ->> 'unknown'];
        end if;
        pieces := pieces || (prefix || left(rest, size));
        rest := substr(rest, size + 1);
        prefix := options ->> 'continuing_subword_prefix';
    end loop;
    return pieces;
end
$$;
comment on function wordpiece_pieces(text, jsonb, int) is
'A word cut into the longest pieces that a query table''s vocabulary has.';
