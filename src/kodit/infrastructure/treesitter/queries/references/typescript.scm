; inherits: ecmascript
(program (export_statement "=" (identifier)) @require)
(type_identifier) @name @type
(nested_identifier property: (property_identifier) @name)

(extends_clause value: [(identifier) @base (member_expression property: (_) @base)])
(implements_clause [
  (type_identifier) @base
  (nested_type_identifier name: (_) @base)
  (generic_type name: [(type_identifier) @base (nested_type_identifier name: (_) @base)])
])
(extends_type_clause type: [
  (type_identifier) @base
  (nested_type_identifier name: (_) @base)
  (generic_type name: [(type_identifier) @base (nested_type_identifier name: (_) @base)])
])

[
  (abstract_class_declaration)
  (interface_declaration)
  (type_alias_declaration)
  (method_signature)
  (abstract_method_signature)
  (function_signature)
  (function_type)
  (constructor_type)
  (call_signature)
  (construct_signature)
] @scope

(abstract_class_declaration name: (_) @outer)
(interface_declaration name: (_) @outer)
(type_alias_declaration name: (_) @outer)
(function_signature name: (_) @outer)
(enum_declaration name: (_) @local)
(internal_module name: (identifier) @local)
(import_alias . (identifier) @local)

(type_parameter name: (type_identifier) @local)
(infer_type (type_identifier) @local)
(mapped_type_clause name: (type_identifier) @skip)
(index_signature name: (identifier) @skip)
(required_parameter pattern: (identifier) @parameter)
(optional_parameter pattern: (identifier) @parameter)
(required_parameter pattern: (identifier) type: (_)) @typed
(optional_parameter pattern: (identifier) type: (_)) @typed
(variable_declarator name: (identifier) type: (_)) @typed
