(comment) @leading

(export_statement declaration: (_) @wrapped) @wrapper

; What the module names. Later patterns say more exactly what it is.
(program [
  (lexical_declaration (variable_declarator name: (identifier) @name))
  (variable_declaration (variable_declarator name: (identifier) @name))
] @symbol.variable)
(program (export_statement [
  (lexical_declaration (variable_declarator name: (identifier) @name))
  (variable_declaration (variable_declarator name: (identifier) @name))
] @symbol.variable))
(program (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)) @symbol.constant)
((program (expression_statement (assignment_expression left: (member_expression) @name)) @symbol.variable)
  (#match? @name "^(module\\.)?exports\\.[A-Za-z_$0-9]+$"))

((assignment_expression left: (member_expression object: (this) @self property: (_) @name)) @symbol.field)

; `const name = require("...")` and `const name = require("...").part` are imports.
((program [
  (lexical_declaration (variable_declarator name: (identifier) @imported value: [
    (call_expression function: (identifier) @required arguments: (arguments . (string)))
    (member_expression object: (call_expression function: (identifier) @required arguments: (arguments . (string))))
  ]))
  (variable_declaration (variable_declarator name: (identifier) @imported value: [
    (call_expression function: (identifier) @required arguments: (arguments . (string)))
    (member_expression object: (call_expression function: (identifier) @required arguments: (arguments . (string))))
  ]))
])
  (#eq? @required "require"))

(export_specifier !alias name: (identifier) @exported)
(export_specifier name: (identifier) @exported alias: (_))
(export_statement value: (identifier) @exported)

((program (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)) @definition.constant)
  (#match? @name "^[A-Z][A-Z0-9_]*$"))

(export_statement
  (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)) @definition.constant)

; Functions and classes as values: of a property, of a variable, with a name of their own.
(pair key: (_) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
]) @symbol.method
(object (method_definition name: (_) @name) @symbol.method)
(variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
]) @symbol.function
((assignment_expression
  left: (member_expression object: (member_expression property: (property_identifier) @prototype)) @name
  right: (identifier)) @symbol.method
  (#eq? @prototype "prototype"))
(assignment_expression left: [(identifier) (member_expression)] @name right: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
]) @symbol.function
([(function_expression name: (identifier) @name) (generator_function name: (identifier) @name)]) @symbol.function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @symbol.class
(assignment_expression left: [(identifier) (member_expression)] @name right: (class body: (_) @body)) @symbol.class
(class name: (_) @name) @symbol.class

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

(class_body (field_definition property: (_) @name) @symbol.field)
(class_body
  (field_definition
    property: (_) @name
    value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @symbol.method)
