[(comment) (block_comment)] @leading

(package_clause name: (_) @name) @symbol.module

(class_definition name: (_) @name) @definition.class
(object_definition name: (_) @name) @definition.class
(package_object name: (_) @name) @definition.module
(trait_definition name: (_) @name) @definition.trait
(enum_definition name: (_) @name) @definition.enum
(type_definition name: (_) @name) @definition.type
(given_definition name: (_) @name) @definition.constant

(function_declaration name: (_) @name) @symbol.function
(function_definition name: (_) @name) @definition.function

(compilation_unit [
  (val_definition pattern: (identifier) @name)
  (var_definition pattern: (identifier) @name)
] @symbol.variable)
(template_body [
  (val_definition pattern: (identifier) @name)
  (var_definition pattern: (identifier) @name)
  (val_declaration name: (identifier) @name)
  (var_declaration name: (identifier) @name)
] @symbol.field)
(class_definition class_parameters: (class_parameters (class_parameter name: (_) @name) @symbol.field))
(simple_enum_case name: (_) @name) @symbol.member
(full_enum_case name: (_) @name) @symbol.member
