(function_definition name: (identifier) @name body: (block) @body) @definition.function
(class_definition name: (identifier) @name body: (block) @body) @definition.class
(module (type_alias_statement left: (type) @name) @definition.class)

; named values of a module or class
(module (expression_statement (assignment left: (_) @name)) @definition.block)
(class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @definition.block))

(import_statement name: (dotted_name) @import.name)
(import_statement name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))
(import_from_statement name: (dotted_name) @import.name)
(import_from_statement name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))

(module [(import_statement) (import_from_statement) (future_import_statement)] @import)
(module . (comment)* . (expression_statement (string) @doc))
(function_definition body: (block . (comment)* . (expression_statement (string) @doc)))
(class_definition body: (block . (comment)* . (expression_statement (string) @doc)))
(call function: (identifier) @call)
(call function: (attribute attribute: (identifier) @call))
(decorator) @attribute
(comment) @comment
