; a function that returns a type is how generic types are written
(function_declaration name: (identifier) @name
  body: (block (expression_statement (return_expression (struct_declaration)))) @body) @definition.class
(function_declaration name: (identifier) @name body: (_) @body) @definition.function
(function_declaration name: (identifier) @name) @definition.declaration
(variable_declaration (identifier) @name [(struct_declaration) (enum_declaration) (union_declaration)
  (opaque_declaration) (error_set_declaration)]) @definition.class
(source_file (variable_declaration . (identifier) @name) @definition.block)
(struct_declaration (variable_declaration . (identifier) @name) @definition.block)

(variable_declaration . (identifier) @import.name @import.whole
  (builtin_function (builtin_identifier) @_import (arguments . (_) @import.module))
  (#eq? @_import "@import"))

(source_file (variable_declaration (builtin_function (builtin_identifier) @_import)) @import
  (#eq? @_import "@import"))
(call_expression function: (identifier) @call)
(call_expression function: (field_expression member: (identifier) @call))
(comment) @comment
