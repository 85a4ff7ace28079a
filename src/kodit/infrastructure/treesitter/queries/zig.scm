(comment) @leading

(source_file (variable_declaration "var" . (identifier) @name) @symbol.variable)
(source_file (variable_declaration "const" . (identifier) @name) @symbol.constant)
(struct_declaration (variable_declaration "const" . (identifier) @name) @symbol.constant)
(enum_declaration (variable_declaration "const" . (identifier) @name) @symbol.constant)
(union_declaration (variable_declaration "const" . (identifier) @name) @symbol.constant)

(variable_declaration . (identifier) @name (struct_declaration) @body) @definition.struct
(variable_declaration . (identifier) @name (union_declaration) @body) @definition.struct
(variable_declaration . (identifier) @name (enum_declaration) @body) @definition.enum
(variable_declaration . (identifier) @name (error_set_declaration) @body) @definition.enum

(function_declaration name: (identifier) @name) @symbol.function
(function_declaration name: (identifier) @name body: (_)) @definition.function
(test_declaration (string (string_content) @name) (block) @body) @definition.function

(container_field name: (identifier) @name) @symbol.field
(enum_declaration (container_field name: (identifier) @name) @symbol.member)
(enum_declaration (container_field type: (identifier) @name) @symbol.member)
(error_set_declaration (identifier) @name @symbol.member)
