; inherits: c_family
[(namespace_identifier) (this)] @name
(template_method name: (field_identifier) @name)

(call_expression function: [
  (qualified_identifier name: [
    (identifier) @call
    (template_function name: (_) @call)
    (qualified_identifier name: [(identifier) @call (template_function name: (_) @call)])
  ])
  (template_function name: (_) @call)
  (field_expression field: (template_method name: (_) @call))
])
(new_expression type: [
  (type_identifier) @call
  (template_type name: (_) @call)
  (qualified_identifier name: [(type_identifier) @call (template_type name: (_) @call)])
])

(base_class_clause [
  (type_identifier) @base
  (template_type name: (_) @base)
  (qualified_identifier name: [(type_identifier) @base (template_type name: (_) @base)])
])

[(lambda_expression) (template_declaration)] @scope

(class_specifier name: (type_identifier) @skip body: (_))
(class_specifier name: (template_type name: (_) @skip) body: (_))
(struct_specifier name: (template_type name: (_) @skip) body: (_))
(alias_declaration name: (_) @skip)
(concept_definition name: (_) @skip)
(namespace_definition name: (namespace_identifier) @skip)
(namespace_alias_definition name: (_) @skip)
(nested_namespace_specifier (namespace_identifier) @skip)
(function_declarator declarator: (destructor_name (identifier) @skip))
(function_declarator declarator: (qualified_identifier name: [
  (identifier) @skip
  (destructor_name (identifier) @skip)
  (qualified_identifier name: [(identifier) @skip (destructor_name (identifier) @skip)])
]))

(type_parameter_declaration (type_identifier) @local)
(optional_type_parameter_declaration name: (_) @local)
(variadic_type_parameter_declaration (type_identifier) @local)
(optional_parameter_declaration declarator: (identifier) @parameter)
(variadic_declarator (identifier) @parameter)
(reference_declarator (identifier) @parameter)
(structured_binding_declarator (identifier) @local)
(for_range_loop declarator: (identifier) @local)
(declaration declarator: (init_declarator value: [
  (new_expression)
  (call_expression function: (qualified_identifier name: (template_function)))
])) @made
(using_declaration "namespace" (identifier) @skip)
