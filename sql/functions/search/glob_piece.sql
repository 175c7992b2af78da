-- One token of a glob as a regular expression: a wildcard, a set, or a character. No set makes an invalid expression: a
-- range that runs backwards is empty.
create or replace function glob_piece(token text) returns text
language sql immutable strict parallel safe
as $$
    select case
        when token = '**/' then '(?:.*/)?'
        when token ~ '^\*\*' then '.*'
        when token = '*' then '[^/]*'
        when token = '?' then '[^/]'
        when token = e'\x01' then '(?:'
        when token = e'\x02' then '|'
        when token = e'\x03' then ')'
        when length(token) = 1
            then regexp_replace(translate(token, e'\x04\x05\x06\x0e', '{}[]'), '([\[\]\\.+^$(){}|*?])', '\\\1')
        when token ~ '^\[[!^]' then '[^/' || s.members || ']'
        else '(?:' || regexp_replace(token, '([\[\]\\.+^$(){}|*?])', '\\\1', 'g')
             || case when s.members <> '' then '|[' || s.members || ']' else '' end || ')' end
    from (select coalesce(string_agg(case when m.part[3] is not null
        then regexp_replace(m.part[3], '([\[\]\\^-])', '\\\1')
                                          when m.part[1] <= m.part[2] collate "C" then
                                              regexp_replace(m.part[1], '([\[\]\\^-])', '\\\1') || '-'
                                              || regexp_replace(m.part[2], '([\[\]\\^-])', '\\\1')
                                          end, '' order by m.place), '') as members
          from regexp_matches(substring(token from '^\[[!^]?(.*)\]$'), '(.)-(.)|(.)', 'g') with ordinality
              as m(part, place)) s
$$;
comment on function glob_piece(text) is 'One token of a path glob as a regular expression.';
