(class_definition name: (_) @name) @definition.class
(object_definition name: (_) @name) @definition.class
(trait_definition name: (_) @name) @definition.class
(enum_definition name: (_) @name) @definition.class
(type_definition name: (_) @name) @definition.class
(function_definition name: (_) @name body: (_) @body) @definition.function
(function_declaration name: (_) @name) @definition.declaration
(given_definition name: (_) @name) @definition.class
(val_definition pattern: (identifier) @name) @definition.block
(var_definition pattern: (identifier) @name) @definition.block

(import_declaration (identifier) @import.name .)
(import_declaration (namespace_selectors (identifier) @import.name))
(import_declaration (namespace_selectors (arrow_renamed_identifier
  name: (identifier) @import.name alias: (identifier) @import.alias)))

(import_declaration) @import
(package_clause) @import
(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (identifier) @call))
(call_expression function: (generic_function function: (identifier) @call))
(call_expression function: (generic_function function: (field_expression field: (identifier) @call)))
(instance_expression (type_identifier) @call)
(annotation) @attribute
(comment) @comment
(block_comment) @comment
(extends_clause [(type_identifier) (generic_type) (stable_type_identifier)] @base)
(parameter name: (identifier) @typed.name type: (_) @typed.type)
(class_parameter name: (identifier) @typed.name type: (_) @typed.type)
(type_identifier) @type
