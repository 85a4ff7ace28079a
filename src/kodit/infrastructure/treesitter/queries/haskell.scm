[(comment) (haddock)] @leading
(declarations (signature) @leading)

(header module: (module) @name) @symbol.module

(data_type name: (_) @name) @definition.enum
(newtype name: (_) @name) @definition.struct
(type_synonym name: (_) @name) @definition.type
(class name: (_) @name declarations: (_)? @body) @definition.trait
(instance name: (_) @name declarations: (_)? @body) @definition.class

(data_constructor constructor: (_ name: (constructor) @name)) @symbol.member
(newtype_constructor name: (_) @name) @symbol.member
(field name: (field_name) @name) @symbol.field

(declarations [(function name: (_) @name) (bind name: (_) @name)] @definition.function)
(declarations (function (infix operator: (_) @name)) @definition.function)
(class_declarations (signature name: (_) @name) @symbol.method)
(class_declarations [(function name: (_) @name) (bind name: (_) @name)] @definition.method)
(instance_declarations [(function name: (_) @name) (bind name: (_) @name)] @definition.method)
(foreign_import signature: (_ name: (_) @name)) @symbol.function
