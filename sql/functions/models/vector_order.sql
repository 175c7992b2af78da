-- The order in which a model version's vectors are read for a query, as an expression over a table e and the query's
-- vector (asked, an expression too), and how many are read for each that is kept after all were compared exactly. It
-- goes by the index that there is, not by the setting vector.first_pass, so that searches have an index while another
-- takes its place.
create or replace function vector_order(
    model_version_id int, asked text default '$1', first_pass text default null, out expression text,
    out overfetch float8
)
language plpgsql stable
set search_path from current
as $$
declare
    pass text := coalesce(first_pass, vector_first_pass(vector_order.model_version_id), 'halfvec');
    dimension int := 0;
begin
    overfetch := 1;
    if pass = 'bit' then
        select m.dimension into dimension from model_version m
        where m.model_version_id = vector_order.model_version_id;
        overfetch := current_settings(vector_order.model_version_id) -> 'vector.first_pass_overfetch';
    end if;
    expression := format('%s %s %s', first_pass_key(pass, dimension, 'e.embedding'),
        case pass when 'bit' then '<~>' else '<=>' end, first_pass_key(pass, dimension, asked));
end
$$;
comment on function vector_order(int, text, text) is
'The order in which a model version''s vectors are read, and how many for each that is kept.';
