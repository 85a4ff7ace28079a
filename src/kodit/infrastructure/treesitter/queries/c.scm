(comment) @leading

; What a file declares of its own. Later patterns say more exactly what it is.
(translation_unit (declaration declarator: (_) @declarator) @symbol.variable)
(preproc_ifdef (declaration declarator: (_) @declarator) @symbol.variable)
(preproc_if (declaration declarator: (_) @declarator) @symbol.variable)
(preproc_else (declaration declarator: (_) @declarator) @symbol.variable)
(declaration_list (declaration declarator: (_) @declarator) @symbol.variable)

(declaration declarator: (function_declarator declarator: (_) @declarator)) @symbol.function
(declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @declarator))) @symbol.function
(declaration declarator: (pointer_declarator declarator: (pointer_declarator
  declarator: (function_declarator declarator: (_) @declarator)))) @symbol.function

(field_declaration declarator: (_) @declarator) @symbol.field
(enumerator name: (identifier) @name) @symbol.member

(function_definition) @definition.function

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.struct
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum

; typedef struct name { ... } alias: the struct's own name is the symbol; without one, the alias is.
(type_definition
  type: [(struct_specifier name: (_) body: (_)) (union_specifier name: (_) body: (_)) (enum_specifier name: (_) body: (_))] @wrapped) @wrapper
(type_definition
  type: [(struct_specifier !name body: (_) @body) (union_specifier !name body: (_) @body)]
  declarator: (type_identifier) @name) @definition.struct
(type_definition type: (enum_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.enum
(type_definition
  type: [(struct_specifier name: (_) body: (_)) (union_specifier name: (_) body: (_)) (enum_specifier name: (_) body: (_))]
  declarator: (_) @declarator) @symbol.type
(type_definition
  type: [(primitive_type) (sized_type_specifier) (type_identifier) (struct_specifier !body) (union_specifier !body) (enum_specifier !body)]) @definition.type

(preproc_def name: (identifier) @name) @symbol.macro
(preproc_def name: (identifier) @name value: (_)) @snippet.constant
(preproc_function_def name: (identifier) @name) @definition.macro

((declaration (type_qualifier) @qualifier declarator: (init_declarator)) @definition.constant
  (#match? @qualifier "^const"))
