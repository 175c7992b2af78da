(class_declaration name: (_) @name) @definition.class
(object_declaration name: (_) @name) @definition.class
(companion_object) @definition.scope
(function_declaration name: (_) @name (function_body) @body) @definition.function
(function_declaration (user_type . (identifier) @scope) . name: (_) @name (function_body) @body) @definition.function
(function_declaration name: (_) @name) @definition.declaration
(secondary_constructor (block) @body) @definition.method
(type_alias type: (_) @name) @definition.class
(source_file (property_declaration (variable_declaration . (identifier) @name)) @definition.block)
(class_body (property_declaration (variable_declaration . (identifier) @name)) @definition.block)

(import (qualified_identifier) @import.name)

(import) @import
(package_header) @import
(call_expression (identifier) @call)
(call_expression (navigation_expression (identifier) @call .))
(annotation) @attribute
(line_comment) @comment
(block_comment) @comment
(delegation_specifier (user_type) @base)
(delegation_specifier (constructor_invocation (user_type) @base))
(parameter (identifier) @typed.name (user_type) @typed.type)
(class_parameter (identifier) @typed.name (user_type) @typed.type)
(user_type (identifier) @type)
