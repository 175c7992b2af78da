(function_definition name: (identifier) @name body: (block) @body) @definition.function
(class_definition name: (identifier) @name body: (block) @body) @definition.class
(module (type_alias_statement left: (type) @name) @definition.class)

; named values of a module or class
(module (expression_statement (assignment left: (_) @name)) @definition.block)
(class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @definition.block))

(import_statement name: (dotted_name) @import.name)
(import_statement name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))
(import_from_statement module_name: (_) @import.module name: (dotted_name) @import.name)
(import_from_statement module_name: (_) @import.module
  name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))

(module [(import_statement) (import_from_statement) (future_import_statement)] @import)
(module . (comment)* . (expression_statement (string) @doc))
(function_definition body: (block . (comment)* . (expression_statement (string) @doc)))
(class_definition body: (block . (comment)* . (expression_statement (string) @doc)))
(call function: (identifier) @call)
(call function: (attribute attribute: (identifier) @call))
(decorator) @attribute
(comment) @comment
(import_from_statement module_name: (_) @import.module (wildcard_import) @import.all)
(class_definition superclasses: (argument_list [(identifier) (attribute) (subscript)] @base))
(typed_parameter . (identifier) @typed.name type: (_) @typed.type)
(typed_default_parameter name: (identifier) @typed.name type: (_) @typed.type)
(assignment left: [(identifier) (attribute)] @typed.name type: (_) @typed.type)
(assignment left: [(identifier) (attribute)] @typed.name right: (call function: [(identifier) (attribute)] @typed.type))
(as_pattern (call function: [(identifier) (attribute)] @typed.type) alias: (as_pattern_target (identifier) @typed.name))
(assignment left: [(identifier) (attribute)] @typed.name right: (identifier) @typed.type)
