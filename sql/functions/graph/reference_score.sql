-- How sure a name in a chunk means a definition of that name, 0 to 1, before several definitions share it. module and
-- owner are the definition's, heirs the classes that inherit from that owner in so many steps; strict says that the
-- language's names must be imported to be used. From certain to weak: the same file or class, imported from that
-- module, a variable of that class, the same folder, anywhere, and a receiver that nothing is known of.
create or replace function reference_score(
    r chunk_reference, strict boolean, same_file boolean, same_folder boolean, module text, owner text, heirs text [],
    steps int []
)
returns float8
language sql immutable
as $$
    select case
        when r.origin <> '' and reference_score.owner = '' then case
            when codesearch.ends_with_name(module, r.origin) then 0.97
            when codesearch.is_within(r.origin, module) then 0.9
            when position('.' in module) > 0
                and codesearch.ends_with_name(r.origin, substr(module, position('.' in module) + 1)) then 0.75
            when not strict then 0.4
            else 0 end
        when r.origin <> '' then case
            when r.qualifier like 'super%' and codesearch.ends_with_name(r.origin, reference_score.owner) then 0
            when codesearch.ends_with_name(r.origin, reference_score.owner) then case
                when codesearch.ends_with_name(module, r.origin) then 0.97
                when codesearch.is_within(r.origin, module) then 0.95
                when strict then 0.3 else 0.6 end
            when regexp_replace(r.origin, '^.*\.', '') = any(heirs)
                then 0.9 - 0.03 * steps [array_position(heirs, regexp_replace(r.origin, '^.*\.', ''))]
            when not strict then 0.2
            else 0 end
        when r.qualifier = '' then case
            when r.owner <> '' and r.kind = 'call' and r.owner = reference_score.owner then 0.95
            when r.owner <> '' and r.kind = 'call' and r.owner = any(heirs)
                then 0.9 - 0.03 * steps [array_position(heirs, r.owner::text)]
            when reference_score.owner = '' and same_file then 0.95
            when strict then 0
            when reference_score.owner = '' then case when same_folder then 0.8 else 0.7 end
            when same_file then 0.6
            else 0.3 end
        when r.qualifier = '""' then 0
        when reference_score.owner = '' then case
            when codesearch.ends_with_name(module, regexp_replace(r.qualifier, '^.*\.', '')) then 0.8
            else 0 end
        when lower(replace(regexp_replace(r.qualifier, '^.*\.', ''), '_', '')) = lower(reference_score.owner) then 0.8
        else 0.5 end
$$;
comment on function reference_score(chunk_reference, boolean, boolean, boolean, text, text, text [], int []) is
'How sure a name in a chunk means a definition of that name, 0 to 1.';
