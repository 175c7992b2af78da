; what JavaScript and TypeScript share
(function_declaration name: (_) @name body: (_) @body) @definition.function
(generator_function_declaration name: (_) @name body: (_) @body) @definition.function
(class_declaration name: (_) @name body: (_) @body) @definition.class
(method_definition name: (_) @name body: (_) @body) @definition.method
(variable_declarator name: (_) @name value: (class body: (_) @body)) @definition.class
(assignment_expression left: (identifier) @name right: (class body: (_) @body)) @definition.class
(assignment_expression left: (member_expression object: (_) @scope property: (_) @name)
  right: (class body: (_) @body)) @definition.class

(variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)
          (generator_function body: (_) @body)]) @definition.function
(assignment_expression left: (identifier) @name
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)
          (generator_function body: (_) @body)]) @definition.function
(assignment_expression left: (member_expression object: (_) @scope property: (_) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)
          (generator_function body: (_) @body)]) @definition.function
; a = b = function () {}
(variable_declarator name: (identifier) @name
  value: (assignment_expression right: [(arrow_function body: (_) @body)
    (function_expression body: (_) @body) (generator_function body: (_) @body)])) @definition.function
(assignment_expression left: (member_expression object: (_) @scope property: (_) @name)
  right: (assignment_expression right: [(arrow_function body: (_) @body)
    (function_expression body: (_) @body) (generator_function body: (_) @body)])) @definition.function
(pair key: (_) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)
          (generator_function body: (_) @body)]) @definition.method
(export_statement value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])
  @definition.function
(export_statement value: (class body: (_) @body)) @definition.class
(function_expression name: (_) @name body: (_) @body) @definition.function
(function_expression body: (_) @body) @definition.wrapper
(arrow_function body: (statement_block) @body) @definition.wrapper

(program [(lexical_declaration . (variable_declarator name: (_) @name))
          (variable_declaration . (variable_declarator name: (_) @name))] @definition.block)
(program (export_statement declaration: [(lexical_declaration . (variable_declarator name: (_) @name))
          (variable_declaration . (variable_declarator name: (_) @name))]) @definition.block)
(program (expression_statement (assignment_expression
  left: (member_expression object: (_) @scope property: (_) @name))) @definition.block)

(import_statement (import_clause (named_imports (import_specifier name: (_) @import.name alias: (_)? @import.alias)))
  source: (_) @import.module)
(import_statement (import_clause (identifier) @import.name) source: (_) @import.module)
(import_statement (import_clause (namespace_import (identifier) @import.name @import.whole)) source: (_) @import.module)
(export_statement (export_clause (export_specifier name: (_) @import.name alias: (_)? @import.alias))
  source: (_) @import.module)
(export_statement "*" @import.all source: (_) @import.module)
(variable_declarator name: (identifier) @import.name @import.whole
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.module))
  (#eq? @_require "require"))
(variable_declarator name: (object_pattern (shorthand_property_identifier_pattern) @import.name)
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.module))
  (#eq? @_require "require"))

(program (import_statement) @import)
(program [(variable_declaration (variable_declarator value: (_) @_require))
          (lexical_declaration (variable_declarator value: (_) @_require))]
  @import (#match? @_require "^require\\("))
(call_expression function: (identifier) @call)
(call_expression function: (member_expression property: (_) @call))
(new_expression constructor: (identifier) @call)
(new_expression constructor: (member_expression property: (_) @call))
(decorator) @attribute
(comment) @comment
(variable_declarator name: (identifier) @typed.name value: (new_expression constructor: (_) @typed.type))
(assignment_expression left: (member_expression) @typed.name right: (new_expression constructor: (_) @typed.type))
