-- A path glob as an anchored regular expression: * and ? stay inside a folder, ** crosses folders, [..] is a set. A glob
-- without a slash may match in any folder; one that names a folder matches all below it.
create or replace function glob_pattern(glob text) returns text
language sql immutable strict parallel safe
as $$
    select case when g.glob ~ '/' then '^' else '(^|/)' end
        || replace(replace(replace(replace(
               regexp_replace(
                   replace(replace(replace(replace(g.glob, '**/', e'\x01'), '**', e'\x02'), '*', e'\x03'), '?', e'\x04'),
                   '([.+^$(){}|\\])', '\\\1', 'g'),
               e'\x01', '(.*/)?'), e'\x02', '.*'), e'\x03', '[^/]*'), e'\x04', '[^/]')
        || '(/.*)?$'
    from (select rtrim(ltrim(glob, '/'), '/') as glob) g
$$;
comment on function glob_pattern(text) is 'A path glob as an anchored regular expression.';
