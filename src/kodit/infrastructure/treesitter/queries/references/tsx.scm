; inherits: typescript
(jsx_closing_element name: [
  (identifier) @skip
  (member_expression object: (identifier) @skip property: (_) @skip)
])
