-- Whether a text may have a line with a match: asked of the text as a whole, which costs far less than line by line.
-- What looks at a match's neighbours, or turns options on (but for capitals), is asked line by line alone: a line's end
-- is not a text's; and so is what refers back, which may take long, and the clock is looked at between lines.
create or replace function has_match(content text, pattern text, literal boolean, ignore_case boolean) returns boolean
language sql immutable parallel safe
as $$
    select case
        when literal and not ignore_case then strpos(content, pattern) > 0
        when literal then regexp_like(content, pattern, 'qi')
        when regexp_replace(pattern, '^\(\?[ci]+\)', '') ~ '^\*\*\*|\(\?[^:]|\\[AZ1-9]' then true
        else regexp_like(case when strpos(content, e'\r') > 0 then replace(content, e'\r\n', e'\n') else content end,
            pattern, case when ignore_case then 'in' else 'n' end)
    end
$$;
comment on function has_match(text, text, boolean, boolean) is 'Whether a text may have a line with a match.';
