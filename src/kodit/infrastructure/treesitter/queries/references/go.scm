[(identifier) (type_identifier) (package_identifier)] @name
(type_identifier) @type
(selector_expression field: (field_identifier) @name)

(package_clause) @aside
(import_declaration) @import

(call_expression function: [(identifier) @call (selector_expression field: (_) @call)])
(composite_literal type: [
  (type_identifier) @call
  (qualified_type name: (_) @call)
  (generic_type type: [(type_identifier) @call (qualified_type name: (_) @call)])
])

; What is embedded.
(field_declaration !name type: [
  (type_identifier) @base
  (qualified_type name: (_) @base)
  (generic_type type: [(type_identifier) @base (qualified_type name: (_) @base)])
])
(interface_type (type_elem . [(type_identifier) @base (qualified_type name: (_) @base)] .))

; A key is mostly the name of a field.
(keyed_element key: (literal_element (identifier) @skip))

[(function_declaration) (method_declaration) (func_literal) (type_spec) (type_alias)] @scope

(function_declaration name: (_) @outer)
(type_spec name: (_) @outer)
(type_alias name: (_) @outer)
(type_parameter_declaration name: (_) @local @type)
(method_declaration receiver: (parameter_list (parameter_declaration type: [
  (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @local)))
  (pointer_type (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @local))))
])))

(parameter_declaration name: (_) @parameter) @typed
(variadic_parameter_declaration name: (_) @parameter)
(const_spec name: (_) @local)
(var_spec name: (_) @local)
(var_spec type: (_)) @typed
(short_var_declaration left: (expression_list (identifier) @local))
(short_var_declaration
  left: (expression_list . (identifier) .)
  right: (expression_list . [
    (composite_literal)
    (unary_expression operand: (composite_literal))
    (call_expression function: (identifier))
  ] .)) @made
(range_clause left: (expression_list (identifier) @local))
(receive_statement left: (expression_list (identifier) @local))
(type_switch_statement alias: (expression_list (identifier) @local))
