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
  (public_field_definition
    name: (_) @name
    value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method)

(ambient_declaration (_) @wrapped) @wrapper
(ambient_declaration (function_signature name: (identifier) @name) @definition.function)

(abstract_class_declaration name: (_) @name) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(enum_declaration name: (_) @name) @definition.enum
(type_alias_declaration name: (_) @name) @definition.type

(expression_statement (internal_module name: (_) @name body: (_) @body)) @definition.module
(export_statement declaration: (internal_module name: (_) @name) @definition.module)
(ambient_declaration [(internal_module name: (_) @name) (module name: (_) @name)] @definition.module)
