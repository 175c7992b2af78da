-- A query as the tokens that its model has of it, special ones included, cut to what the model reads.
create or replace function query_tokens(query text, model_version_id int) returns text []
language plpgsql stable
as $$
#variable_conflict use_column
declare
    wanted int := query_tokens.model_version_id;
    options jsonb := (select q.tokenizer from codesearch.query_table q where q.model_version_id = wanted);
    tokens text [] := codesearch.wordpiece_tokens((options ->> 'prefix') || query, options, wanted);
begin
    return array(select jsonb_array_elements_text(options -> 'before')) || tokens [: (options ->> 'max_tokens')::int]
        || array(select jsonb_array_elements_text(options -> 'behind'));
end
$$;
comment on function query_tokens(text, int) is
'A query as the tokens that its model has of it, special ones included.';
