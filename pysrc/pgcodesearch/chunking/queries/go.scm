(function_declaration name: (identifier) @name body: (block) @body) @definition.function
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @scope))
  name: (field_identifier) @name body: (block) @body) @definition.method
(function_declaration name: (identifier) @name) @definition.declaration
(type_spec name: (type_identifier) @name) @definition.class
(type_alias name: (type_identifier) @name) @definition.class
(source_file (var_declaration (var_spec name: (identifier) @name
  value: (expression_list . (func_literal body: (block) @body)))) @definition.function)
(source_file (const_declaration . (const_spec . name: (identifier) @name)) @definition.block)
(source_file (var_declaration . (var_spec . name: (identifier) @name)) @definition.block)
(source_file (var_declaration (var_spec_list . (var_spec . name: (identifier) @name))) @definition.block)
(const_declaration (const_spec . name: (identifier) @name) @definition.block)
(var_spec_list (var_spec . name: (identifier) @name) @definition.block)

(import_spec path: (_) @import.name)
(import_spec name: (package_identifier) @import.alias path: (_) @import.name)

(import_declaration) @import
(package_clause) @import
(call_expression function: (identifier) @call)
(call_expression function: (selector_expression field: (field_identifier) @call))
(composite_literal type: (type_identifier) @call)
(composite_literal type: (qualified_type name: (type_identifier) @call))
(comment) @comment
(type_spec type: (struct_type (field_declaration_list (field_declaration !name type: (_) @base))))
(type_spec type: (interface_type (type_elem . (_) @base .)))
(parameter_declaration name: (identifier) @typed.name type: (_) @typed.type)
(var_spec name: (identifier) @typed.name type: (_) @typed.type)
(short_var_declaration left: (expression_list . (identifier) @typed.name .)
  right: (expression_list . (composite_literal type: (_) @typed.type) .))
(short_var_declaration left: (expression_list . (identifier) @typed.name .)
  right: (expression_list . (unary_expression operand: (composite_literal type: (_) @typed.type)) .))
(type_identifier) @type
