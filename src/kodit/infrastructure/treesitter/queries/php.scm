(comment) @leading

(function_definition name: (name) @name) @definition.function
(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(method_declaration name: (name) @name) @symbol.method
(method_declaration name: (name) @name body: (_)) @definition.method
(const_declaration . (const_element . (name) @name)) @snippet.constant
(const_declaration (const_element . (name) @name)) @symbol.constant

(namespace_definition name: (_) @name body: (_)) @symbol.module
(namespace_definition name: (_) @name @rest !body) @symbol.module

(property_declaration (property_element (variable_name (name) @name))) @symbol.field
(property_promotion_parameter name: (variable_name (name) @name) @self) @symbol.field
(enum_case name: (name) @name) @symbol.member
((function_call_expression
  function: (name) @define
  arguments: (arguments . (argument [(string) (encapsed_string)] @name))) @symbol.constant
  (#eq? @define "define"))
