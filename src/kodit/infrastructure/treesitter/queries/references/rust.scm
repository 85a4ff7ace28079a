[(identifier) (type_identifier) (self) (super) (crate)] @name
(type_identifier) @type
(field_expression field: (field_identifier) @name)

[(use_declaration) (extern_crate_declaration)] @import
(mod_item !body) @import

(call_expression function: [
  (identifier) @call
  (scoped_identifier name: (_) @call)
  (field_expression field: (_) @call)
  (generic_function function: [
    (identifier) @call
    (scoped_identifier name: (_) @call)
    (field_expression field: (_) @call)
  ])
])
(struct_expression name: [
  (type_identifier) @call
  (scoped_type_identifier name: (_) @call)
  (generic_type_with_turbofish type: [(type_identifier) @call (scoped_identifier name: (_) @call)])
])
(macro_invocation macro: [(identifier) @call (scoped_identifier name: (_) @call)])
; A macro's arguments are no syntax: only how they are spelled tells what they are.
(token_tree (identifier) @spelled)

(impl_item trait: [
  (type_identifier) @base
  (scoped_type_identifier name: (_) @base)
  (generic_type type: [(type_identifier) @base (scoped_type_identifier name: (_) @base)])
])
(trait_item bounds: (trait_bounds [
  (type_identifier) @base
  (scoped_type_identifier name: (_) @base)
  (generic_type type: [(type_identifier) @base (scoped_type_identifier name: (_) @base)])
]))
((attribute (identifier) @attribute arguments: (token_tree (identifier) @base))
  (#eq? @attribute "derive"))
((attribute (identifier) @attribute arguments: (token_tree) @aside)
  (#not-eq? @attribute "derive"))
(attribute (identifier) @skip)

[
  (function_item)
  (function_signature_item)
  (closure_expression)
  (impl_item)
  (trait_item)
  (struct_item)
  (enum_item)
  (union_item)
  (type_item)
] @scope

(function_item name: (_) @skip)
(function_signature_item name: (_) @skip)
(struct_item name: (_) @skip)
(enum_item name: (_) @skip)
(union_item name: (_) @skip)
(trait_item name: (_) @skip)
(type_item name: (_) @skip)
(mod_item name: (_) @skip)
(const_item name: (_) @skip)
(static_item name: (_) @skip)
(macro_definition name: (_) @skip)
(associated_type name: (_) @skip)
(enum_variant name: (_) @skip)
(type_binding name: (_) @skip)
(lifetime (identifier) @skip)
(label (identifier) @skip)

(type_parameter name: (_) @local)
(const_parameter name: (_) @local)
(parameter pattern: (identifier) @local type: (_)) @typed
(closure_parameters (identifier) @local)
(let_declaration pattern: (identifier) @local)
(let_declaration pattern: (identifier) type: (_)) @typed
(let_declaration pattern: (identifier) value: [
  (struct_expression)
  (call_expression function: (scoped_identifier path: (identifier)))
]) @made
(for_expression pattern: (identifier) @local)
(field_pattern name: (shorthand_field_identifier) @local)
(field_pattern pattern: (identifier) @local)
(captured_pattern . (identifier) @local)
(ref_pattern (identifier) @local)
(mut_pattern (identifier) @local)
(reference_pattern (identifier) @local)
([
  (tuple_pattern (identifier) @local)
  (slice_pattern (identifier) @local)
  (tuple_struct_pattern type: (_) (identifier) @local)
  (match_pattern . (identifier) @local)
  (or_pattern (identifier) @local)
  (let_condition pattern: (identifier) @local)
] (#match? @local "^[a-z_]"))
