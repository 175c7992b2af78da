(function_declaration name: (_) @name body: (_)? @body) @definition.function
(assignment_statement (variable_list . name: (_) @name) (expression_list . value: (function_definition body: (_)? @body)))
  @definition.function
(field name: (_) @name value: (function_definition body: (_)? @body)) @definition.method
(variable_declaration (assignment_statement (variable_list . name: (identifier) @name)
  (expression_list . value: (function_definition body: (_)? @body)))) @definition.function
(chunk (variable_declaration (assignment_statement (variable_list . name: (identifier) @name))) @definition.block)
(chunk (assignment_statement (variable_list . name: (_) @name)) @definition.block)

(variable_declaration (assignment_statement (variable_list . name: (identifier) @import.name @import.whole)
  (expression_list . value: (function_call name: (identifier) @_require arguments: (arguments . (_) @import.module))))
  (#eq? @_require "require"))

(chunk (variable_declaration (assignment_statement (expression_list . value: (function_call
  name: (identifier) @_require)))) @import (#eq? @_require "require"))
(function_call name: (identifier) @call)
(function_call name: (dot_index_expression field: (identifier) @call))
(function_call name: (method_index_expression method: (identifier) @call))
(comment) @comment
