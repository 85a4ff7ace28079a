; What JavaScript and TypeScript have in common.
[(identifier) (this) (super) (shorthand_property_identifier)] @name
(member_expression property: [(property_identifier) (private_property_identifier)] @name)

(import_statement) @import
(export_statement source: (_)) @import
(export_specifier alias: (identifier) @skip)
((call_expression function: (identifier) @required arguments: (arguments . (string))) @require
  (#eq? @required "require"))
(call_expression function: (import) arguments: (arguments . (string))) @require
(program (expression_statement (assignment_expression
  left: (member_expression object: (identifier) @offering property: (property_identifier) @offered)) @require)
  (#eq? @offering "module") (#eq? @offered "exports"))
(program (export_statement "default" value: (identifier)) @require)

(call_expression function: [(identifier) @call (member_expression property: (_) @call)])
(new_expression constructor: [(identifier) @call (member_expression property: (_) @call)])

[
  (function_declaration)
  (generator_function_declaration)
  (function_expression)
  (generator_function)
  (arrow_function)
  (method_definition)
  (class_declaration)
  (class)
  (class_static_block)
] @scope

(function_declaration name: (_) @outer)
(generator_function_declaration name: (_) @outer)
(class_declaration name: (_) @outer)
(function_expression name: (_) @local)
(generator_function name: (_) @local)
(class name: (_) @local)

(arrow_function parameter: (identifier) @local)
(variable_declarator name: (identifier) @local)
(variable_declarator name: (identifier) value: (new_expression)) @made
(shorthand_property_identifier_pattern) @local
(pair_pattern value: (identifier) @local)
(rest_pattern (identifier) @local)
(array_pattern (identifier) @local)
(assignment_pattern left: (identifier) @local)
(catch_clause parameter: (identifier) @local)
(for_in_statement left: (identifier) @local)
(assignment_expression left: (identifier) @assigned)
