(comment) @leading

(export_statement declaration: (_) @wrapped) @wrapper

((program (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)) @definition.constant)
  (#match? @name "^[A-Z][A-Z0-9_]*$"))

(export_statement
  (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)) @definition.constant)

(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function

; const name = () => ..., and the like with a wrapping call: const Name = memo(() => ...)
(lexical_declaration
  (variable_declarator
    name: (identifier) @name
    value: [
      (arrow_function body: (_) @body)
      (function_expression body: (_) @body)
      (generator_function body: (_) @body)
      (call_expression arguments: (arguments . [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
    ])) @definition.function

(variable_declaration
  (variable_declarator
    name: (identifier) @name
    value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @definition.function

; exports.name = function () ..., Type.prototype.name = function () ...
(expression_statement
  (assignment_expression
    left: (member_expression) @name
    right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @definition.function

(class_declaration name: (_) @name) @definition.class

(lexical_declaration
  (variable_declarator name: (identifier) @name value: (class body: (_) @body))) @definition.class

(class_body (method_definition name: (_) @name) @definition.method)

(class_body
  (field_definition
    property: (_) @name
    value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method)
