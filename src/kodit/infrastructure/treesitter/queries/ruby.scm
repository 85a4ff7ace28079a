(comment) @leading

(module name: (_) @name) @definition.module
(class name: (_) @name) @definition.class
(method name: (_) @name) @definition.function
(singleton_method name: (_) @name) @definition.function

(assignment left: (constant) @name) @definition.constant
(assignment left: (constant) @name right: (call receiver: (constant) @type method: (identifier) @new block: (_) @body)
  (#any-of? @type "Struct" "Data" "Class")) @definition.class
