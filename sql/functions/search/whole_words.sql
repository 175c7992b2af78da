-- The words that each match of a pattern has whole: those between ASCII blanks or punctuation inside of it. A word at
-- an end may be part of a longer one; one among alternatives, groups or sets may be missing. An underscore is no end,
-- since words over 64 characters are cut in the index; nor are < = >, which combining characters can change.
create or replace function whole_words(pattern text, literal boolean) returns text []
language sql immutable parallel safe
as $$
    select coalesce(array_agg(distinct w.found [1]), '{}')
    from (select case when literal then pattern
                 when pattern ~ '^\*\*\*|^\(\?' or plain.pattern ~ '[][|(){}]' then ''
                 -- \x01 stands for a quoted mark, \x02 for what may be nothing or anything.
                 else regexp_replace(plain.pattern, '(\\.|.)[*?]+|\\.|[.+^$]', e'\x02', 'g')
                 end as text
          from (select regexp_replace(pattern, '\\([^[:alnum:]_<=>])', e'\x01', 'g') as pattern) plain) p,
         regexp_matches(p.text, '(?<=[\x01 !"#%&''(),./:;@\[\]{|}~$*+?^\\-])[A-Za-z][A-Za-z0-9_]{2,63}'
             '(?=[\x01 !"#%&''(),./:;@\[\]{|}~$*+?^\\-])', 'g') as w(found)
$$;
comment on function whole_words(text, boolean) is 'The words that each match of a pattern has whole.';
