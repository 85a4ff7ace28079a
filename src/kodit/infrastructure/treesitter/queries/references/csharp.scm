(identifier) @name
["this" "base"] @name

(using_directive) @import
(namespace_declaration name: (_) @aside)
(file_scoped_namespace_declaration name: (_) @aside)

(invocation_expression function: [
  (identifier) @call
  (generic_name . (identifier) @call)
  (member_access_expression name: [(identifier) @call (generic_name . (identifier) @call)])
  (member_binding_expression name: [(identifier) @call (generic_name . (identifier) @call)])
  (conditional_access_expression (member_binding_expression name: (identifier) @call) .)
])
(object_creation_expression type: [
  (identifier) @call
  (generic_name . (identifier) @call)
  (qualified_name name: [(identifier) @call (generic_name . (identifier) @call)])
])

(base_list [
  (identifier) @base
  (generic_name . (identifier) @base)
  (qualified_name name: [(identifier) @base (generic_name . (identifier) @base)])
  (primary_constructor_base_type type: [(identifier) @base (generic_name . (identifier) @base)])
])

[
  (class_declaration)
  (struct_declaration)
  (record_declaration)
  (interface_declaration)
  (delegate_declaration)
  (method_declaration)
  (constructor_declaration)
  (operator_declaration)
  (conversion_operator_declaration)
  (indexer_declaration)
  (accessor_declaration)
  (local_function_statement)
  (lambda_expression)
  (anonymous_method_expression)
] @scope

(class_declaration name: (_) @skip)
(struct_declaration name: (_) @skip)
(record_declaration name: (_) @skip)
(interface_declaration name: (_) @skip)
(enum_declaration name: (_) @skip)
(enum_member_declaration name: (_) @skip)
(delegate_declaration name: (_) @skip)
(method_declaration name: (_) @skip)
(constructor_declaration name: (_) @skip)
(destructor_declaration name: (_) @skip)
(property_declaration name: (_) @skip)
(event_declaration name: (_) @skip)
(field_declaration (variable_declaration (variable_declarator name: (_) @skip)))
(event_field_declaration (variable_declaration (variable_declarator name: (_) @skip)))
(type_parameter_constraints_clause . (identifier) @skip)
(argument name: (_) @skip)
(attribute_argument name: (_) @skip)
(initializer_expression (assignment_expression left: (identifier) @skip))
(labeled_statement . (identifier) @skip)
(goto_statement (identifier) @skip)

(local_function_statement name: (_) @outer)
(type_parameter name: (_) @local @type)
(parameter type: (identifier) @type)
(variable_declaration type: (identifier) @type)
(property_declaration type: (identifier) @type)
(method_declaration returns: (identifier) @type)
(type_argument_list (identifier) @type)
(declaration_pattern type: (identifier) @type)
(foreach_statement type: (identifier) @type)
(object_creation_expression type: (identifier) @type)
(parameter name: (identifier) @local) @typed
(parameter_list name: (identifier) @local)
(implicit_parameter) @local
(local_declaration_statement (variable_declaration (variable_declarator name: (identifier) @local))) @typed
(local_declaration_statement (variable_declaration (variable_declarator (object_creation_expression)))) @made
(for_statement initializer: (variable_declaration (variable_declarator name: (identifier) @local)))
(using_statement (variable_declaration (variable_declarator name: (identifier) @local)))
(foreach_statement left: (identifier) @local) @typed
(catch_declaration name: (identifier) @local) @typed
(declaration_pattern name: (identifier) @local) @typed
(recursive_pattern name: (identifier) @local)
(var_pattern name: (identifier) @local)
(declaration_expression name: (identifier) @local)
(from_clause name: (identifier) @local)
(let_clause . (identifier) @local)
