(comment) @leading

(decorated_definition definition: (_) @wrapped) @wrapper

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

((expression_statement (assignment left: (identifier) @name type: (type) @type)) @definition.type
  (#match? @type "TypeAlias$"))

(type_alias_statement left: (type [(identifier) @name (generic_type (identifier) @name)])) @definition.type
