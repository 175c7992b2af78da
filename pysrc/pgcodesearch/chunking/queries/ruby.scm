(class name: (_) @name) @definition.class
(module name: (_) @name) @definition.class
(method name: (_) @name parameters: (_)? body: (_)? @body) @definition.function
(singleton_method object: (_) @scope name: (_) @name body: (_)? @body) @definition.function
(singleton_class) @definition.scope
(assignment left: (constant) @name) @definition.block

(call method: (identifier) @_require arguments: (argument_list (string (string_content) @import.name))
  (#any-of? @_require "require" "require_relative"))

(program (call method: (identifier) @_require) @import (#any-of? @_require "require" "require_relative"))
(call method: (_) @call)
(comment) @comment
(class superclass: (superclass (_) @base))
(call method: (identifier) @_include arguments: (argument_list (_) @base) (#any-of? @_include "include" "extend" "prepend"))
