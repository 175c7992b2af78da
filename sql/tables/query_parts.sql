-- A type of its own, because every function of a search passes it on.
create type query_parts as (
    query text, class text, terms text [], words text [], names text [], typed_names text [], qualified text [],
    bare text, literal text, languages text [], unwanted text []
);
comment on type query_parts is
'What is asked, parsed once: class of query, terms of the index, names it may mean in lower case and as they are '
'typed, the qualified ones of these, the whole as one name, the whole to be looked for literally, languages it '
'names, and kinds of path it does not ask for.';
