-- What a search may be asked for by kind: the kinds of chunks, and what languages call a definition, as the chunker
-- gives it (a test compares). class is any type, module a file as a whole.
create or replace function known_kinds() returns text []
language sql immutable parallel safe
as $$
    select '{function,method,class,module,block,annotation,concept,constant,constructor,destructor,enum,event,'
        'extension,field,impl,instance,interface,macro,member,namespace,object,record,rule,static,struct,trait,type,'
        'union,variable}'::text []
$$;
comment on function known_kinds() is
'What a search may be asked for by kind: kinds of chunks, and entities of languages.';
