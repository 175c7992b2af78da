-- How many words two lists without repetitions have in common.
create or replace function common_words(words text [], others text []) returns float8
language sql immutable strict parallel safe
as $$
    select count(*) from unnest(words) w where w = any(others)
$$;
comment on function common_words(text [], text []) is 'How many words two lists have in common.';
