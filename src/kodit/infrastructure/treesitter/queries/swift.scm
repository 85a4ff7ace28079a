[(comment) (multiline_comment)] @leading

(class_declaration name: (_) @name) @definition.class
(class_declaration "struct" name: (_) @name) @definition.struct
(class_declaration "enum" name: (_) @name) @definition.enum
(protocol_declaration name: (_) @name) @definition.interface
(typealias_declaration "typealias" . name: (_) @name) @definition.type
(associatedtype_declaration name: (_) @name) @symbol.type

(function_declaration name: (simple_identifier) @name body: (_)) @definition.function
(function_declaration "func" . name: _ @name body: (_)) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @symbol.method
(init_declaration name: "init" @name) @symbol.method
(init_declaration name: "init" @name body: (_)) @definition.method
(deinit_declaration "deinit" @name body: (_)) @definition.method
(subscript_declaration "subscript" @name) @symbol.method

(source_file (property_declaration name: (pattern bound_identifier: (_) @name)) @symbol.variable)
(class_body (property_declaration name: (pattern bound_identifier: (_) @name)) @symbol.field)
(enum_class_body (property_declaration name: (pattern bound_identifier: (_) @name)) @symbol.field)
(protocol_property_declaration name: (pattern bound_identifier: (_) @name)) @symbol.field
(enum_entry name: (simple_identifier) @name) @symbol.member
