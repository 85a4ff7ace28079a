; inherits: ecmascript
(class_heritage [(identifier) @base (member_expression property: (_) @base)])
(formal_parameters (identifier) @local)
(jsx_closing_element name: [
  (identifier) @skip
  (member_expression object: (identifier) @skip property: (_) @skip)
])
