(comment) @leading

(namespace_declaration name: (_) @name) @symbol.module
(file_scoped_namespace_declaration name: (_) @name @rest) @symbol.module

(class_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.struct
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(delegate_declaration name: (identifier) @name) @definition.type

(method_declaration name: (identifier) @name) @symbol.method
(method_declaration name: (identifier) @name body: (_)) @definition.method
(constructor_declaration name: (identifier) @name) @symbol.method
(constructor_declaration name: (identifier) @name body: (_)) @definition.method
(destructor_declaration name: (identifier) @name body: (_)) @definition.method
(local_function_statement name: (identifier) @name body: (_)) @definition.function

(property_declaration name: (identifier) @name) @symbol.field
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @symbol.field
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @symbol.field
(event_declaration name: (identifier) @name) @symbol.field
((field_declaration (modifier) @modifier (variable_declaration (variable_declarator name: (identifier) @name))) @symbol.constant
  (#eq? @modifier "const"))
(enum_member_declaration name: (identifier) @name) @symbol.member
(indexer_declaration "this" @name) @symbol.method
(operator_declaration operator: _ @name) @symbol.method
(conversion_operator_declaration type: (_) @name) @symbol.method
(record_declaration (parameter_list (parameter name: (identifier) @name) @symbol.field))
