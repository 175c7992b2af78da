(function_definition name: (_) @name body: (_) @body) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.block)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @definition.block)

(program (command name: (command_name) @_source) @import (#any-of? @_source "source" "."))
(command name: (command_name (word) @call))
(comment) @comment
