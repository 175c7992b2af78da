-- What an occurrence counts in each field, in the order A (name), B (path), C (signature, documentation), D (text).
create or replace function field_weights() returns real []
language sql stable parallel safe
as $$
    select array[
        setting_number('lexical.weight.name'), setting_number('lexical.weight.path'),
        setting_number('lexical.weight.documentation'), setting_number('lexical.weight.text')]::real []
$$;
comment on function field_weights() is 'What an occurrence counts in the fields name, path, documentation and text.';
