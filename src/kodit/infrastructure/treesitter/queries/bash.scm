(comment) @leading

(function_definition name: (word) @name) @definition.function

((declaration_command (variable_assignment name: (variable_name) @name)) @definition.constant
  (#match? @definition.constant "^(readonly|declare -[a-z]*r)"))
