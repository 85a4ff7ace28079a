(comment) @leading

((program (statement_list (pipeline (assignment_expression (left_assignment_expression) @name)) @symbol.variable))
  (#match? @name "^\\$\\w+(:\\w+)?$"))

(function_statement (function_name) @name (script_block)? @body) @definition.function
(class_statement . (simple_name) @name) @definition.class
(enum_statement . (simple_name) @name) @definition.enum

(class_method_definition (simple_name) @name (script_block)? @body) @definition.method
(class_property_definition (variable) @name) @symbol.field
(enum_member . (simple_name) @name) @symbol.member
