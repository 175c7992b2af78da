; inherits: ecma
(public_field_definition name: (_) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(class_body (public_field_definition name: (_) @name) @definition.block)
(abstract_class_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.class
(enum_declaration name: (_) @name body: (_) @body) @definition.class
(type_alias_declaration name: (_) @name) @definition.class
(internal_module name: (_) @name body: (_) @body) @definition.scope
(module name: (_) @name body: (_) @body) @definition.scope
(function_signature name: (_) @name) @definition.declaration
(method_signature name: (_) @name) @definition.declaration
(abstract_method_signature name: (_) @name) @definition.declaration
(import_alias (identifier) @import.name)
(import_require_clause (identifier) @import.name)
