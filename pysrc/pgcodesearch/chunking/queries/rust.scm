(function_item name: (_) @name body: (_) @body) @definition.function
(function_signature_item name: (_) @name) @definition.declaration
(impl_item type: (_) @name body: (_) @body) @definition.class
(trait_item name: (_) @name body: (_) @body) @definition.class
(struct_item name: (_) @name body: (_)? @body) @definition.class
(enum_item name: (_) @name body: (_) @body) @definition.class
(union_item name: (_) @name body: (_) @body) @definition.class
(type_item name: (_) @name) @definition.class
(mod_item name: (_) @name body: (_) @body) @definition.scope
(macro_definition name: (_) @name) @definition.function
(const_item name: (_) @name) @definition.block
(static_item name: (_) @name) @definition.block

(use_declaration argument: (identifier) @import.name)
(use_declaration argument: (scoped_identifier name: (_) @import.name))
(use_list (identifier) @import.name)
(use_list (scoped_identifier name: (_) @import.name))
(use_as_clause path: (_) @import.name alias: (_) @import.alias)
(extern_crate_declaration name: (_) @import.name)

(use_declaration) @import
(extern_crate_declaration) @import
(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
(call_expression function: (scoped_identifier name: (identifier) @call))
(call_expression function: (generic_function function: (identifier) @call))
(call_expression function: (generic_function function: (scoped_identifier name: (identifier) @call)))
(call_expression function: (generic_function function: (field_expression field: (field_identifier) @call)))
(struct_expression name: (type_identifier) @call)
(struct_expression name: (scoped_type_identifier name: (type_identifier) @call))
(macro_invocation macro: (identifier) @call)
(macro_invocation macro: (scoped_identifier name: (identifier) @call))
(attribute_item) @attribute
(line_comment) @comment
(block_comment) @comment
(impl_item trait: (_) @base)
(trait_item bounds: (trait_bounds (_) @base))
(parameter pattern: (identifier) @typed.name type: (_) @typed.type)
(let_declaration pattern: (identifier) @typed.name type: (_) @typed.type)
(let_declaration pattern: (identifier) @typed.name value: (call_expression function: (scoped_identifier
  path: (_) @typed.type name: (identifier) @_new)) (#any-of? @_new "new" "default" "from" "with_capacity" "open"))
(let_declaration pattern: (identifier) @typed.name value: (struct_expression name: (_) @typed.type))
(field_declaration name: (field_identifier) @typed.name type: (_) @typed.type)
(type_identifier) @type
