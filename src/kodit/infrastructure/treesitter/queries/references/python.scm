(identifier) @name

[(import_statement) (import_from_statement) (future_import_statement)] @import

(call function: [(identifier) @call (attribute attribute: (identifier) @call)])

(class_definition superclasses: (argument_list [
  (identifier) @base
  (attribute attribute: (identifier) @base)
  (subscript value: [(identifier) @base (attribute attribute: (identifier) @base)])
]))

(keyword_argument name: (identifier) @skip)

(function_definition) @scope
(lambda) @scope
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @scope
(class_definition) @class

(function_definition name: (identifier) @outer)
(class_definition name: (identifier) @outer)
(function_definition type_parameters: (type_parameter (type [(identifier) @local (constrained_type . (type (identifier) @local))])))

(parameters (identifier) @local)
(lambda_parameters (identifier) @local)
(default_parameter name: (identifier) @local)
(typed_parameter . (identifier) @local) @typed
(typed_default_parameter name: (identifier) @local) @typed
[(list_splat_pattern (identifier) @local) (dictionary_splat_pattern (identifier) @local)]

(assignment left: (identifier) @local)
(assignment left: (identifier) type: (_)) @typed
(assignment left: (identifier) right: (call function: [(identifier) (attribute object: [(identifier) (attribute object: (identifier))])])) @made
[(pattern_list (identifier) @local) (tuple_pattern (identifier) @local) (list_pattern (identifier) @local)]
(augmented_assignment left: (identifier) @local)
(named_expression name: (identifier) @local)
(for_statement left: (identifier) @local)
(for_in_clause left: (identifier) @local)
(as_pattern_target [(identifier) @local (tuple (identifier) @local) (list (identifier) @local)])
(case_pattern (dotted_name . (identifier) @local .))
(case_pattern (as_pattern (identifier) @local .))
(splat_pattern (identifier) @local)
[(global_statement (identifier) @global) (nonlocal_statement (identifier) @global)]
(delete_statement [(identifier) @skip (expression_list (identifier) @skip)])
