(comment) @leading
((unary_operator operator: "@" operand: (call target: (identifier) @attribute)) @leading
  (#any-of? @attribute "doc" "typedoc" "spec" "impl" "deprecated"))

((call target: (identifier) @word (arguments . (alias) @name) (do_block) @body) @definition.module
  (#eq? @word "defmodule"))
((call target: (identifier) @word (arguments . (alias) @name) (do_block) @body) @definition.interface
  (#eq? @word "defprotocol"))
((call target: (identifier) @word (arguments . (alias) @name) (do_block) @body) @definition.class
  (#eq? @word "defimpl"))

((call
  target: (identifier) @word
  (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (identifier) @name operator: "when")
    (binary_operator left: (call target: (identifier) @name) operator: "when")
  ])) @symbol.function
  (#any-of? @word "def" "defp" "defdelegate" "defcallback"))
((call
  target: (identifier) @word
  (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (identifier) @name operator: "when")
    (binary_operator left: (call target: (identifier) @name) operator: "when")
  ]) (do_block)? @body) @definition.function
  (#any-of? @word "def" "defp"))
((call
  target: (identifier) @word
  (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (call target: (identifier) @name) operator: "when")
  ]) (do_block)? @body) @definition.macro
  (#any-of? @word "defmacro" "defmacrop" "defguard" "defguardp"))

((unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @word
    (arguments (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "::")))) @definition.type
  (#any-of? @word "type" "typep" "opaque"))
((unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @word
    (arguments (binary_operator left: (call target: (identifier) @name) operator: "::")))) @symbol.function
  (#any-of? @word "callback" "macrocallback"))
((unary_operator operator: "@" operand: (call target: (identifier) @name (arguments))) @symbol.constant
  (#not-match? @name "^(moduledoc|doc|typedoc|spec|impl|deprecated|type|typep|opaque|callback|macrocallback|behaviour|compile|derive|enforce_keys|since|dialyzer|external_resource|optional_callbacks|before_compile|after_compile|on_definition|tag|moduletag|describetag)$"))
