(comment) @leading

(class_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(delegate_declaration name: (identifier) @name) @definition.type

(method_declaration name: (identifier) @name body: (_)) @definition.method
(constructor_declaration name: (identifier) @name body: (_)) @definition.method
(destructor_declaration name: (identifier) @name body: (_)) @definition.method
(local_function_statement name: (identifier) @name body: (_)) @definition.function
