-- Rewrites text as words: identifiers are split at camelCase, snake_case and digits, and added whole in lower case
-- without underscores, so that getUserById, get_user_by_id and "user by id" meet. A word character is whatever is
-- not punctuation or space, whatever the database's locale. Words over 64 characters are cut.
create or replace function split_identifiers(input text) returns text
language sql immutable strict parallel safe
as $$
    select lower(regexp_replace(
               regexp_replace(
                   regexp_replace(translate(w.words, '_', ' '), '([a-z0-9])([A-Z])', '\1 \2', 'g'),
                   '([A-Z])([A-Z][a-z])', '\1 \2', 'g'),
               '([A-Za-z])([0-9])', '\1 \2', 'g'))
           || coalesce((select ' ' || string_agg(lower(translate(m.parts[1], '_', '')), ' ')
                        from regexp_matches(w.words,
                            '([^ ]*(?:[^ _]_+[^ _]|[a-z0-9][A-Z]|[A-Z][A-Z][a-z]|[A-Za-z][0-9])[^ ]*)', 'g') m(parts)),
                                '')
    from (select case when s.cleaned ~ '[^ ]{65}' then regexp_replace(s.cleaned, '([^ ]{64})[^ ]+', '\1', 'g')
                 else s.cleaned end as words
          from (select regexp_replace(
                     case when octet_length(input) = length(input) then input else codesearch.spell_words(input) end,
                     '[\x01-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f\s]+', ' ', 'g') as cleaned offset 0) s
          -- offset 0: else the planner pastes each expression wherever its name stands, and it is computed five times.
          offset 0) w
$$;
comment on function split_identifiers(text) is
'Rewrites text as words: identifiers split at camelCase, snake_case and digits, and added whole.';
