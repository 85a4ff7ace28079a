(comment) @leading

; What a set or a `let` binds. A set within a set contains its own; a function is one however many arguments it takes.
(binding attrpath: (attrpath) @name) @symbol.field
(let_expression (binding_set (binding attrpath: (attrpath) @name) @symbol.variable))
(binding
  attrpath: (attrpath) @name
  expression: [
    (attrset_expression (binding_set) @body)
    (rec_attrset_expression (binding_set) @body)
  ]) @snippet.module
(binding attrpath: (attrpath) @name expression: (function_expression body: (_) @body)) @definition.function
