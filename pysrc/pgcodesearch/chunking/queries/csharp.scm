(class_declaration name: (_) @name body: (_) @body) @definition.class
(struct_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.class
(record_declaration name: (_) @name body: (_)? @body) @definition.class
(enum_declaration name: (_) @name body: (_) @body) @definition.class
(delegate_declaration name: (_) @name) @definition.class
(namespace_declaration name: (_) @name body: (_) @body) @definition.scope
(method_declaration name: (_) @name body: (_) @body) @definition.method
(method_declaration name: (_) @name) @definition.declaration
(constructor_declaration name: (_) @name body: (_) @body) @definition.method
(destructor_declaration name: (_) @name body: (_) @body) @definition.method
(operator_declaration operator: _ @name body: (_) @body) @definition.method
(conversion_operator_declaration type: (_) @name body: (_) @body) @definition.method
(indexer_declaration "this" @name accessors: (_) @body) @definition.method
(property_declaration name: (_) @name accessors: (accessor_list (accessor_declaration body: (block))) @body)
  @definition.method
(property_declaration name: (_) @name value: (arrow_expression_clause) @body) @definition.method
(property_declaration name: (_) @name) @definition.block
(event_declaration name: (_) @name) @definition.block
(local_function_statement name: (_) @name body: (_) @body) @definition.function
(field_declaration (variable_declaration (variable_declarator name: (_) @name))) @definition.block
(enum_member_declaration name: (_) @name) @definition.block

(using_directive (identifier) @import.name)
(using_directive (qualified_name) @import.name)

(using_directive) @import
(invocation_expression function: (identifier) @call)
(invocation_expression function: (generic_name (identifier) @call))
(invocation_expression function: (member_access_expression name: (identifier) @call))
(invocation_expression function: (member_access_expression name: (generic_name (identifier) @call)))
(object_creation_expression type: (identifier) @call)
(object_creation_expression type: (generic_name (identifier) @call))
(attribute_list) @attribute
(comment) @comment
(base_list [(identifier) (qualified_name) (generic_name)] @base)
(parameter type: (_) @typed.type name: (identifier) @typed.name)
(variable_declaration type: (_) @typed.type (variable_declarator name: (identifier) @typed.name))
(variable_declaration type: (implicit_type) (variable_declarator name: (identifier) @typed.name
  (object_creation_expression type: (_) @typed.type)))
(parameter type: (identifier) @type)
(variable_declaration type: (identifier) @type)
(method_declaration returns: (identifier) @type)
(property_declaration type: (identifier) @type)
(type_argument_list (identifier) @type)
