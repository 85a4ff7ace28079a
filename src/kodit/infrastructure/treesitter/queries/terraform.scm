(comment) @leading

((config_file (body (block
  . (identifier) @word
  . (string_lit (template_literal) @receiver)
  . (string_lit (template_literal) @name)
  (body)? @body) @snippet.constant @symbol.variable))
  (#any-of? @word "resource" "data" "ephemeral"))
((config_file (body (block
  . (identifier) @word . (string_lit (template_literal) @name) . (block_start) (body)? @body) @snippet.constant @symbol.variable))
  (#any-of? @word "variable" "output" "provider" "check"))
((config_file (body (block
  . (identifier) @word . (string_lit (template_literal) @name) . (block_start) (body)? @body) @definition.module))
  (#eq? @word "module"))
((config_file (body (block . (identifier) @word (body (attribute . (identifier) @name) @symbol.variable))))
  (#eq? @word "locals"))
