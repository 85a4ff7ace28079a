[(name) (variable_name) (relative_scope)] @name

(namespace_definition name: (_) @aside)
(namespace_use_declaration) @import
[(require_expression) (require_once_expression) (include_expression) (include_once_expression)] @require

(function_call_expression function: [(name) @call (qualified_name (name) @call .)])
(member_call_expression name: (name) @call)
(nullsafe_member_call_expression name: (name) @call)
(scoped_call_expression name: (name) @call)
(object_creation_expression [(name) @call (qualified_name (name) @call .)])

(base_clause [(name) @base (qualified_name (name) @base .)])
(class_interface_clause [(name) @base (qualified_name (name) @base .)])
(use_declaration [(name) @base (qualified_name (name) @base .)])

[(function_definition) (method_declaration) (anonymous_function) (arrow_function)] @scope

(variable_name) @skip
(namespace_name (name) @skip)
(function_definition name: (_) @skip)
(class_declaration name: (_) @skip)
(interface_declaration name: (_) @skip)
(trait_declaration name: (_) @skip)
(enum_declaration name: (_) @skip)
(method_declaration name: (_) @skip)
(enum_case name: (_) @skip)
(const_element . (name) @skip)
(argument name: (name) @skip)
((class_constant_access_expression (_) . (name) @skip)
  (#eq? @skip "class"))

(simple_parameter name: (variable_name) @local) @typed
(property_promotion_parameter name: (variable_name) @local) @typed
(variadic_parameter name: (variable_name) @local)
(assignment_expression left: (variable_name) @local)
(assignment_expression left: (variable_name) right: (object_creation_expression)) @made
(reference_assignment_expression left: (variable_name) @local)
(augmented_assignment_expression left: (variable_name) @local)
(list_literal (variable_name) @local)
(foreach_statement (_) . [(variable_name) @local (by_ref (variable_name) @local)])
(foreach_statement (pair [(variable_name) @local (by_ref (variable_name) @local)]))
(catch_clause name: (variable_name) @local) @typed
(static_variable_declaration name: (variable_name) @local)
(global_declaration (variable_name) @local)
(anonymous_function_use_clause (variable_name) @local)
