; inherits: c_family
(function_definition declarator: (reference_declarator (function_declarator declarator: (_) @name))
  body: (_) @body) @definition.function
(function_definition declarator: (operator_cast) @name body: (_) @body) @definition.function
(function_definition declarator: (function_declarator declarator: (_) @name) (default_method_clause))
  @definition.declaration
(function_definition declarator: (function_declarator declarator: (_) @name) (delete_method_clause))
  @definition.declaration
(template_declaration (function_definition declarator: (function_declarator declarator: (_) @name)
  body: (_) @body)) @definition.function
(template_declaration (function_definition declarator: (pointer_declarator
  declarator: (function_declarator declarator: (_) @name)) body: (_) @body)) @definition.function
(template_declaration (function_definition declarator: (reference_declarator
  (function_declarator declarator: (_) @name)) body: (_) @body)) @definition.function
(class_specifier name: (_) @name body: (_) @body) @definition.class
(template_declaration (class_specifier name: (_) @name body: (_) @body)) @definition.class
(template_declaration (struct_specifier name: (_) @name body: (_) @body)) @definition.class
(alias_declaration name: (_) @name) @definition.class
(template_declaration (alias_declaration name: (_) @name)) @definition.class
(concept_definition name: (_) @name) @definition.class
(namespace_definition name: (_) @name body: (_) @body) @definition.scope
(field_declaration declarator: (function_declarator declarator: (_) @name)) @definition.declaration
(field_declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @name)))
  @definition.declaration
(field_declaration declarator: (reference_declarator (function_declarator declarator: (_) @name)))
  @definition.declaration
(field_declaration declarator: (field_identifier) @name) @definition.block
(declaration_list (declaration declarator: (init_declarator declarator: (_) @name)) @definition.block)

(using_declaration (qualified_identifier) @import.name)

(using_declaration) @import
(call_expression function: (qualified_identifier name: (identifier) @call))
(call_expression function: (template_function name: (identifier) @call))
(new_expression type: (type_identifier) @call)
(new_expression type: (qualified_identifier name: (type_identifier) @call))
(attribute_declaration) @attribute
(base_class_clause [(type_identifier) (qualified_identifier) (template_type)] @base)
(parameter_declaration type: (_) @typed.type declarator: [(identifier) @typed.name
  (reference_declarator (identifier) @typed.name) (pointer_declarator declarator: (identifier) @typed.name)])
(declaration type: (_) @typed.type declarator: [(identifier) @typed.name
  (init_declarator declarator: (identifier) @typed.name)
  (init_declarator declarator: (pointer_declarator declarator: (identifier) @typed.name))])
