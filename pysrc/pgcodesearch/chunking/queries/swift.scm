(class_declaration name: (_) @name body: (_) @body) @definition.class
(protocol_declaration name: (_) @name body: (_) @body) @definition.class
(typealias_declaration name: (_) @name) @definition.class
(function_declaration "func" . name: (_) @name body: (_) @body) @definition.function
(init_declaration "init" @name body: (_) @body) @definition.method
(deinit_declaration "deinit" @name body: (_) @body) @definition.method
(subscript_declaration "subscript" @name) @definition.method
(property_declaration name: (pattern (simple_identifier) @name) computed_value: (_) @body) @definition.method
(protocol_function_declaration "func" . name: (_) @name) @definition.declaration
(source_file (property_declaration name: (pattern (simple_identifier) @name)) @definition.block)
(class_body (property_declaration name: (pattern (simple_identifier) @name)) @definition.block)

(import_declaration (identifier) @import.name)

(import_declaration) @import
(call_expression (simple_identifier) @call)
(call_expression (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @call)))
(attribute) @attribute
(comment) @comment
(multiline_comment) @comment
(inheritance_specifier inherits_from: (_) @base)
(parameter (simple_identifier) @typed.name . (user_type) @typed.type)
(type_identifier) @type
