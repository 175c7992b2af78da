-- A text as the words that WordPiece cuts, as BERT's tokenizers have them: cleaned, CJK characters apart, without
-- accents and in lower case where the vocabulary is, split at blanks and punctuation.
create or replace function wordpiece_words(input text, options jsonb) returns text []
language plpgsql immutable parallel safe
as $$
declare
    plain boolean := input ~ '^[\x20-\x7e]*$';
    lowered boolean := coalesce((options ->> 'lowercase')::boolean, true);
    stripped boolean := coalesce((options ->> 'strip_accents')::boolean, lowered);
begin
    if not plain then
        if coalesce((options ->> 'clean_text')::boolean, true) then
            input := regexp_replace(input, '[' || codesearch.character_class('control') || ']+', '', 'g');
            input := regexp_replace(input, '[' || codesearch.character_class('space') || ']', ' ', 'g');
        end if;
        if coalesce((options ->> 'handle_chinese_chars')::boolean, true) then
            input := regexp_replace(input, '[' || codesearch.character_class('cjk') || ']', ' \& ', 'g');
        end if;
        if stripped then
            input := regexp_replace(normalize(input, nfd), '[' || codesearch.character_class('mark') || ']+', '', 'g');
        end if;
    end if;
    if lowered then
        input := case when plain then lower(input collate "C") else codesearch.lower_letters(input) end;
    end if;
    return array(
        select m.found [1]
        from regexp_matches(input, case when plain then '[^[:alnum:] ]|[[:alnum:]]+'
            else '[' || codesearch.character_class('punctuation') || ']|[^' || codesearch.character_class('blank') ||
                codesearch.character_class('punctuation') || ']+' end, 'g') with ordinality as m(found, place)
        order by m.place);
end
$$;
comment on function wordpiece_words(text, jsonb) is
'A text as the words that WordPiece cuts, as BERT''s tokenizers have them.';
