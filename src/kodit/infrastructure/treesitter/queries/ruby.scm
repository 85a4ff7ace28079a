(comment) @leading

(module name: (_) @name) @definition.module
(class name: (_) @name) @definition.class
(method name: (_) @name) @definition.function
(singleton_method name: (_) @name) @definition.function

(assignment left: (constant) @name) @definition.constant
(assignment left: (constant) @name right: (call receiver: (constant) @type method: (identifier) @new block: (_) @body)
  (#any-of? @type "Struct" "Data" "Class")) @definition.class

(assignment left: (global_variable) @name) @symbol.variable
((call method: (identifier) @how arguments: (argument_list (simple_symbol) @name)) @symbol.method
  (#any-of? @how "attr_reader" "attr_writer" "attr_accessor" "attr"))
((call method: (identifier) @how arguments: (argument_list . [(simple_symbol) (string)] @name)) @symbol.method
  (#any-of? @how "define_method" "alias_method"))
(alias name: (_) @name) @symbol.method

((body_statement (identifier) @section)
  (#any-of? @section "private" "protected" "public"))
((call method: (identifier) @how arguments: (argument_list . [(method) (singleton_method)] @wrapped)) @wrapper
  (#any-of? @how "private" "protected" "public" "private_class_method" "module_function"))
((call method: (identifier) @how arguments: (argument_list [(simple_symbol) @private (array (simple_symbol) @private)]))
  (#any-of? @how "private" "private_constant" "private_class_method"))
