[(line_comment) (block_comment)] @leading

(package_header (qualified_identifier) @name) @symbol.module

(class_declaration "class" name: (identifier) @name) @definition.class
(class_declaration "interface" name: (identifier) @name) @definition.interface
(class_declaration name: (identifier) @name (class_body) @body) @definition.class
(class_declaration "interface" name: (identifier) @name (class_body) @body) @definition.interface
(class_declaration (modifiers (class_modifier "enum")) name: (identifier) @name) @definition.enum
(class_declaration name: (identifier) @name (enum_class_body) @body) @definition.enum
(object_declaration name: (identifier) @name) @definition.class
(object_declaration name: (identifier) @name (class_body) @body) @definition.class
(companion_object "companion" @name !name (class_body)? @body) @symbol.class
(companion_object name: (identifier) @name (class_body) @body) @definition.class
(type_alias type: (identifier) @name) @definition.type

(function_declaration name: (identifier) @name) @symbol.function
(function_declaration name: (identifier) @name (function_body) @body) @definition.function
(secondary_constructor "constructor" @name) @symbol.method
(secondary_constructor "constructor" @name (block) @body) @definition.method

(class_parameter ["val" "var"] (identifier) @name) @symbol.field
(class_body (property_declaration (variable_declaration (identifier) @name)) @symbol.field)
(enum_class_body (property_declaration (variable_declaration (identifier) @name)) @symbol.field)
(source_file (property_declaration (variable_declaration (identifier) @name)) @symbol.variable)
((property_declaration (modifiers) @modifiers (variable_declaration (identifier) @name)) @symbol.constant
  (#match? @modifiers "\\bconst\\b"))
(enum_entry (identifier) @name) @symbol.member
