-- Refuses a symbol or a number of rows that can't be meant, each with its mend.
create or replace function check_symbol(symbol text, k int) returns void
language plpgsql stable
set search_path from current
as $$
declare
    longest constant int := 500;
    most int := setting_number('search.max_results');
begin
    if symbol is null or cardinality(symbol_parts(left(symbol, longest))) = 0 then
        raise exception using errcode = 'CS001', message = 'the symbol is empty',
            hint = 'give a name, qualified or not, like ''Session.send'' or ''follow_redirects''';
    elsif length(symbol) > longest then
        raise exception using errcode = 'CS004',
            message = format('the symbol has %s characters, at most %s are looked up', length(symbol), longest),
            hint = 'give a name; code and questions are for codesearch.search';
    end if;
    perform check_row_count(k, most);
end
$$;
comment on function check_symbol(text, int) is
'Refuses a symbol or a number of rows that can''t be meant, each with its mend.';
