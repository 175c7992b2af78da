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
(extends_clause value: [(identifier) (member_expression)] @base)
(extends_type_clause type: (_) @base)
(implements_clause (_) @base)
(required_parameter pattern: (identifier) @typed.name type: (type_annotation (_) @typed.type))
(optional_parameter pattern: (identifier) @typed.name type: (type_annotation (_) @typed.type))
(variable_declarator name: (identifier) @typed.name type: (type_annotation (_) @typed.type))
(public_field_definition name: (_) @typed.name type: (type_annotation (_) @typed.type))
(type_identifier) @type
