; inherits: c

(template_declaration (_) @wrapped) @wrapper

(class_specifier name: (_) @name body: (_)) @definition.class
(struct_specifier name: (_) @name body: (_)) @definition.struct
(union_specifier name: (_) @name body: (_)) @symbol.struct
(namespace_definition name: (_) @name) @definition.module
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.interface

(access_specifier) @section

(declaration declarator: (reference_declarator (function_declarator declarator: (_) @declarator))) @symbol.function

(field_declaration declarator: (function_declarator declarator: (_) @declarator)) @symbol.method
(field_declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @declarator))) @symbol.method
(field_declaration declarator: (reference_declarator (function_declarator declarator: (_) @declarator))) @symbol.method
