(comment) @leading

(decorated_definition definition: (_) @wrapped) @wrapper

; What the module names, also below `if` and `try`. Later patterns say more exactly what it is.
(module (expression_statement (assignment left: [(identifier) @name (pattern_list (identifier) @name)])) @symbol.variable)
; Each by itself: as alternatives of one pattern they would cost a quarter of the query's time.
(module (if_statement consequence: (block (expression_statement (assignment left: (identifier) @name)) @symbol.variable)))
(module (if_statement alternative: (_ (block (expression_statement (assignment left: (identifier) @name)) @symbol.variable))))
(module (try_statement body: (block (expression_statement (assignment left: (identifier) @name)) @symbol.variable)))
(module (try_statement (except_clause (block (expression_statement (assignment left: (identifier) @name)) @symbol.variable))))
((expression_statement (assignment left: (identifier) @name right: (lambda body: (_) @body))) @symbol.function)

(class_definition
  body: (block (expression_statement (assignment left: [(identifier) @name (pattern_list (identifier) @name)])) @symbol.field))
((assignment left: (attribute object: (identifier) @self attribute: (identifier) @name)) @symbol.field
  (#eq? @self "self"))

(function_definition name: (identifier) @name) @definition.function

(class_definition name: (identifier) @name) @definition.class

((class_definition
  name: (identifier) @name
  superclasses: (argument_list (_) @parent)) @definition.enum
  (#match? @parent "^(enum\\.)?(Str|Int)?(Enum|Flag)$"))

((class_definition
  name: (identifier) @name
  superclasses: (argument_list (_) @parent)) @definition.interface
  (#match? @parent "^(typing\\.|typing_extensions\\.)?Protocol(\\[|$)"))

; Constants of the module, also below `if TYPE_CHECKING:` or `try:`.
((expression_statement (assignment left: (identifier) @name)) @definition.constant
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))

((class_definition
  superclasses: (argument_list (_) @parent)
  body: (block (expression_statement (assignment left: (identifier) @name)) @symbol.member))
  (#match? @parent "^(enum\\.)?(Str|Int)?(Enum|Flag)$"))

((expression_statement (assignment left: (identifier) @name type: (type) @type)) @definition.type
  (#match? @type "TypeAlias$"))

(type_alias_statement left: (type [(identifier) @name (generic_type (identifier) @name)])) @definition.type
