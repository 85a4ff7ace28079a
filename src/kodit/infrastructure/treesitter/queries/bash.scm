(comment) @leading

(program (variable_assignment name: (variable_name) @name) @symbol.variable)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @symbol.variable)
(program (list (variable_assignment name: (variable_name) @name) @symbol.variable))

(function_definition name: (word) @name) @definition.function

((declaration_command (variable_assignment name: (variable_name) @name)) @definition.constant
  (#match? @definition.constant "^(readonly|declare -[a-z]*r)"))
