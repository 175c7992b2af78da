(function_definition name: (_) @name body: (_) @body) @definition.function
(class_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.class
(trait_declaration name: (_) @name body: (_) @body) @definition.class
(enum_declaration name: (_) @name body: (_) @body) @definition.class
(method_declaration name: (_) @name body: (_) @body) @definition.method
(method_declaration name: (_) @name) @definition.declaration
(namespace_definition name: (_) @name body: (_) @body) @definition.scope
(assignment_expression left: (variable_name) @name right: [(anonymous_function body: (_) @body)
  (arrow_function body: (_) @body)]) @definition.function
(const_declaration (const_element . (name) @name)) @definition.block
(property_declaration (property_element name: (_) @name)) @definition.block
(program (expression_statement (assignment_expression left: (variable_name) @name)) @definition.block)

(namespace_use_clause (qualified_name) @import.name alias: (_)? @import.alias)
(namespace_use_clause (name) @import.name alias: (_)? @import.alias)

(namespace_use_declaration) @import
(namespace_definition) @import
(function_call_expression function: (name) @call)
(function_call_expression function: (qualified_name (name) @call))
(member_call_expression name: (name) @call)
(nullsafe_member_call_expression name: (name) @call)
(scoped_call_expression name: (name) @call)
(object_creation_expression (name) @call (#not-match? @call "^(self|static|parent)$"))
(object_creation_expression (qualified_name (name) @call))
(attribute_list) @attribute
(comment) @comment
(base_clause (_) @base)
(class_interface_clause (_) @base)
(use_declaration (name) @base)
(simple_parameter type: (_) @typed.type name: (variable_name) @typed.name)
(named_type (name) @type)
