; What C and C++ have in common.
[(identifier) (type_identifier)] @name
(type_identifier) @type
(field_expression field: (field_identifier) @name)

(preproc_include) @import

(call_expression function: [(identifier) @call (field_expression field: (field_identifier) @call)])

(function_definition) @scope

(struct_specifier name: (type_identifier) @skip body: (_))
(union_specifier name: (type_identifier) @skip body: (_))
(enum_specifier name: (type_identifier) @skip body: (_))
(enumerator name: (_) @skip)
(type_definition declarator: (type_identifier) @skip)
(type_definition declarator: (pointer_declarator declarator: (type_identifier) @skip))
(type_definition declarator: (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @skip))))
(function_declarator declarator: (identifier) @skip)
(preproc_def name: (_) @skip)
(preproc_function_def name: (_) @skip)
(preproc_params (identifier) @skip)

(parameter_declaration declarator: (identifier) @parameter)
(parameter_declaration) @typed
(pointer_declarator declarator: (identifier) @local)
(array_declarator declarator: (identifier) @local)
(init_declarator declarator: (identifier) @local)
(declaration declarator: (identifier) @local)
(function_definition body: (compound_statement (declaration) @typed))
