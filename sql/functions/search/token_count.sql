-- About how many tokens a language model has of a text: what small letters, ends of lines, blanks and everything else
-- add to it, fitted to tokenizers of such models on code (docs/measurements.md says how far it is off). Bytes beyond
-- one a character stand for other scripts. Letters are listed by frequency: translate looks through them in order.
create or replace function token_count(input text) returns int
language sql immutable strict parallel safe
as $$
    select ceil(0.2 * c.letters + 0.85 * c.line_ends + 0.1 * c.blanks
                + 0.53 * (c.all_characters - c.letters - c.line_ends - c.blanks)
                + 0.6 * (octet_length(input) - c.all_characters))::int
    from (select n.all_characters, n.all_characters - length(replace(input, e'\n', '')) as line_ends,
                 n.all_characters - length(replace(input, ' ', '')) as blanks,
                 n.all_characters - length(translate(input, 'etaionsrlcdpufmhgybvkwxqjz', '')) as letters
          from (select length(input) as all_characters) n offset 0) c
$$;
comment on function token_count(text) is 'About how many tokens a language model has of a text.';
