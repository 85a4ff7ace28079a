[(identifier) (type_identifier) (this) (super)] @name
(type_identifier) @type

(package_declaration) @aside
(import_declaration) @import

(method_invocation name: (_) @call)
(object_creation_expression type: [
  (type_identifier) @call
  (scoped_type_identifier (type_identifier) @call .)
  (generic_type . [(type_identifier) @call (scoped_type_identifier (type_identifier) @call .)])
])
(method_reference (identifier) . (identifier) @use)

(superclass [
  (type_identifier) @base
  (scoped_type_identifier (type_identifier) @base .)
  (generic_type . [(type_identifier) @base (scoped_type_identifier (type_identifier) @base .)])
])
(type_list [
  (type_identifier) @base
  (scoped_type_identifier (type_identifier) @base .)
  (generic_type . [(type_identifier) @base (scoped_type_identifier (type_identifier) @base .)])
])

[
  (class_declaration)
  (record_declaration)
  (interface_declaration)
  (method_declaration)
  (constructor_declaration)
  (compact_constructor_declaration)
  (static_initializer)
  (lambda_expression)
] @scope

(class_declaration name: (_) @skip)
(record_declaration name: (_) @skip)
(interface_declaration name: (_) @skip)
(enum_declaration name: (_) @skip)
(annotation_type_declaration name: (_) @skip)
(method_declaration name: (_) @skip)
(constructor_declaration name: (_) @skip)
(compact_constructor_declaration name: (_) @skip)
(annotation_type_element_declaration name: (_) @skip)
(enum_constant name: (_) @skip)
(field_declaration declarator: (variable_declarator name: (_) @skip))
(constant_declaration declarator: (variable_declarator name: (_) @skip))
(element_value_pair key: (_) @skip)
(labeled_statement . (identifier) @skip)
(break_statement (identifier) @skip)
(continue_statement (identifier) @skip)

(type_parameter . (type_identifier) @local)
(formal_parameter name: (identifier) @local) @typed
(spread_parameter (variable_declarator name: (_) @local))
(catch_formal_parameter name: (_) @local) @typed
(resource name: (_) @local) @typed
(enhanced_for_statement name: (_) @local) @typed
(lambda_expression parameters: (identifier) @local)
(inferred_parameters (identifier) @local)
(instanceof_expression name: (_) @local)
(type_pattern (identifier) @local)
(record_pattern_component (identifier) @local)
(local_variable_declaration declarator: (variable_declarator name: (_) @local)) @typed
(local_variable_declaration declarator: (variable_declarator value: (object_creation_expression))) @made
