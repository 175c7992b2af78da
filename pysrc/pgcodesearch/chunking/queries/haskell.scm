(declarations (signature name: (_) @name) @definition.declaration)
(declarations (function name: (_) @name) @definition.clause)
(declarations (bind name: (_) @name) @definition.clause)
(class_declarations (function name: (_) @name) @definition.clause)
(class_declarations (bind name: (_) @name) @definition.clause)
(instance_declarations (function name: (_) @name) @definition.clause)
(instance_declarations (bind name: (_) @name) @definition.clause)
([(declarations (function (infix operator: (_) @name)) @definition.clause)
  (class_declarations (function (infix operator: (_) @name)) @definition.clause)
  (instance_declarations (function (infix operator: (_) @name)) @definition.clause)])
(data_type name: (_) @name) @definition.class
(newtype name: (_) @name) @definition.class
(type_synonym name: (_) @name) @definition.class
(class name: (_) @name) @definition.class
(instance patterns: (type_patterns . (_) @name)) @definition.class

(import module: (module) @import.name !alias)
(import module: (module) @import.name alias: (module) @import.alias)
(import names: (import_list name: (import_name variable: (_) @import.name)))
(import names: (import_list name: (import_name type: (_) @import.name)))

(import) @import
(apply function: (variable) @call)
(apply function: (qualified id: (variable) @call))
(infix left_operand: (variable) @call)
(infix right_operand: (variable) @call)
(comment) @comment
(haddock) @comment
(instance name: (_) @base)
