[(line_comment) (block_comment)] @leading

(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum

(method_declaration name: (identifier) @name) @symbol.method
(method_declaration name: (identifier) @name body: (_)) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(compact_constructor_declaration name: (identifier) @name) @definition.method

(package_declaration [(identifier) (scoped_identifier)] @name) @symbol.module
(module_declaration name: (_) @name) @symbol.module

(field_declaration declarator: (variable_declarator name: (identifier) @name)) @symbol.field
((field_declaration (modifiers) @modifiers declarator: (variable_declarator name: (identifier) @name)) @symbol.constant
  (#match? @modifiers "static[^@]*final|final[^@]*static"))
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @symbol.constant
(enum_constant name: (identifier) @name) @symbol.member
(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @name) @symbol.field))
(annotation_type_element_declaration name: (identifier) @name) @symbol.method
