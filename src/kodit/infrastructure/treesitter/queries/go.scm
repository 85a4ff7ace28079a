(comment) @leading

(function_declaration name: (identifier) @name) @definition.function

(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @receiver
        (pointer_type (type_identifier) @receiver)
        (generic_type type: (type_identifier) @receiver)
        (pointer_type (generic_type type: (type_identifier) @receiver))
      ]))
  name: (field_identifier) @name) @definition.method

; A declaration of one type is its extent; in a group each type has its own.
(type_declaration . [(type_spec) (type_alias)] @wrapped .) @wrapper

(type_spec name: (type_identifier) @name) @definition.type
(type_alias name: (type_identifier) @name) @definition.type
(type_spec name: (type_identifier) @name type: (struct_type) @body) @definition.struct
(type_spec name: (type_identifier) @name type: (interface_type) @body) @definition.interface

; A group of constants belongs together (iota); it bears the name of its first.
(source_file (const_declaration . (const_spec . name: (identifier) @name)) @snippet.constant)
(source_file (const_declaration (const_spec name: (identifier) @name) @symbol.constant))

(package_clause (package_identifier) @name) @symbol.module

(source_file (var_declaration (var_spec name: (identifier) @name) @symbol.variable))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @symbol.variable)))
(field_declaration name: (field_identifier) @name) @symbol.field
(method_elem name: (field_identifier) @name) @symbol.method
