; what C and C++ share
(function_definition declarator: (function_declarator declarator: (_) @name) body: (_) @body) @definition.function
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @name))
  body: (_) @body) @definition.function
(function_definition declarator: (pointer_declarator declarator: (pointer_declarator
  declarator: (function_declarator declarator: (_) @name))) body: (_) @body) @definition.function
(preproc_function_def name: (identifier) @name value: (_) @body) @definition.function
(struct_specifier name: (_) @name body: (_) @body) @definition.class
(union_specifier name: (_) @name body: (_) @body) @definition.class
(enum_specifier name: (_) @name body: (_) @body) @definition.class
(type_definition type: (struct_specifier body: (_) @body) declarator: (_) @name) @definition.class
(type_definition type: (union_specifier body: (_) @body) declarator: (_) @name) @definition.class
(type_definition type: (enum_specifier body: (_) @body) declarator: (_) @name) @definition.class
(type_definition declarator: (type_identifier) @name) @definition.class

(declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.declaration
(declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name)))
  @definition.declaration
(preproc_def name: (identifier) @name) @definition.block
(translation_unit (declaration declarator: (init_declarator declarator: (_) @name)) @definition.block)
(translation_unit (declaration declarator: (identifier) @name) @definition.block)
(preproc_ifdef (declaration declarator: (init_declarator declarator: (_) @name)) @definition.block)

(preproc_include path: (_) @import.name)

(preproc_include) @import
(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
(comment) @comment
(type_identifier) @type
