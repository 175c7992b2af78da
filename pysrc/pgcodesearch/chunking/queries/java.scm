(class_declaration name: (identifier) @name body: (_) @body) @definition.class
(interface_declaration name: (identifier) @name body: (_) @body) @definition.class
(enum_declaration name: (identifier) @name body: (_) @body) @definition.class
(record_declaration name: (identifier) @name body: (_) @body) @definition.class
(annotation_type_declaration name: (identifier) @name body: (_) @body) @definition.class
(method_declaration name: (identifier) @name body: (_) @body) @definition.method
(method_declaration name: (identifier) @name) @definition.declaration
(annotation_type_element_declaration name: (identifier) @name) @definition.declaration
(constructor_declaration name: (identifier) @name body: (_) @body) @definition.method
(compact_constructor_declaration name: (identifier) @name body: (_) @body) @definition.method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.block
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.block
(enum_constant name: (identifier) @name) @definition.block

(import_declaration (scoped_identifier scope: (_) @import.module name: (identifier) @import.name))
(import_declaration (identifier) @import.name)

(import_declaration) @import
(package_declaration) @import
(method_invocation name: (identifier) @call)
(object_creation_expression type: (type_identifier) @call)
(object_creation_expression type: (generic_type (type_identifier) @call))
(object_creation_expression type: (scoped_type_identifier (type_identifier) @call .))
(method_reference (identifier) @call .)
(marker_annotation) @attribute
(annotation) @attribute
(line_comment) @comment
(block_comment) @comment
(superclass (_) @base)
(super_interfaces (type_list (_) @base))
(extends_interfaces (type_list (_) @base))
(formal_parameter type: (_) @typed.type name: (identifier) @typed.name)
(local_variable_declaration type: (_) @typed.type declarator: (variable_declarator name: (identifier) @typed.name))
(field_declaration type: (_) @typed.type declarator: (variable_declarator name: (identifier) @typed.name))
(type_identifier) @type
