(comment) @leading

(chunk (assignment_statement (variable_list name: (_) @name)) @symbol.variable)
(chunk (variable_declaration (assignment_statement (variable_list name: (_) @name))) @symbol.variable)

(function_declaration name: [(identifier) (dot_index_expression)] @name) @definition.function
(function_declaration name: (method_index_expression table: (_) @receiver method: (_) @name)) @definition.method

(assignment_statement (variable_list . name: (_) @name) (expression_list . value: (function_definition) @body)) @definition.function
(assignment_statement
  (variable_list . name: (_) @name)
  (expression_list . value: (function_definition body: (_) @body))) @definition.function
(variable_declaration
  (assignment_statement
    (variable_list . name: (_) @name)
    (expression_list . value: (function_definition) @body))) @definition.function
(variable_declaration
  (assignment_statement
    (variable_list . name: (_) @name)
    (expression_list . value: (function_definition body: (_) @body)))) @definition.function
(field name: (_) @name value: (function_definition) @body) @symbol.method
(field name: (_) @name value: (function_definition body: (_) @body)) @symbol.method
