[(identifier) (constant) (self) (super)] @name
(constant) @use

((call !receiver method: (identifier) @required arguments: (argument_list (string))) @require
  (#any-of? @required "require" "require_relative" "load" "autoload"))

(call method: [(identifier) @call (constant) @call])
; To make an instance is to call its class.
((call receiver: [(constant) @call (scope_resolution name: (constant) @call)] method: (identifier) @skip)
  (#eq? @skip "new"))

(superclass [(constant) @base (scope_resolution name: (constant) @base)])
((call !receiver
  method: (identifier) @mixed
  arguments: (argument_list [(constant) @base (scope_resolution name: (constant) @base)]))
  (#any-of? @mixed "include" "extend" "prepend"))

[(program) (module) (class) (singleton_class) (method) (singleton_method) (block) (do_block) (lambda)] @scope

(module name: [(constant) @skip (scope_resolution name: (constant) @skip)])
(class name: [(constant) @skip (scope_resolution name: (constant) @skip)])
(method name: (_) @skip)
(singleton_method name: (_) @skip)
(assignment left: (constant) @skip)
(alias (identifier) @skip)
(undef (identifier) @skip)

(method_parameters (identifier) @local)
(block_parameters (identifier) @local)
(lambda_parameters (identifier) @local)
(optional_parameter name: (identifier) @local)
(splat_parameter name: (identifier) @local)
(keyword_parameter name: (identifier) @local)
(hash_splat_parameter name: (identifier) @local)
(block_parameter name: (identifier) @local)
(destructured_parameter (identifier) @local)
(assignment left: (identifier) @local)
(assignment left: (identifier) right: (call receiver: [(constant) (scope_resolution)] method: (identifier))) @made
(operator_assignment left: (identifier) @local)
(left_assignment_list (identifier) @local)
(destructured_left_assignment (identifier) @local)
(rest_assignment (identifier) @local)
(exception_variable (identifier) @local)
(for pattern: (identifier) @local)
(as_pattern name: (identifier) @local)
(keyword_pattern key: (hash_key_symbol) @local)
(array_pattern (identifier) @local)
(find_pattern (identifier) @local)
(in_clause pattern: (identifier) @local)
