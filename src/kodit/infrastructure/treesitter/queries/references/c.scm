; inherits: c_family
; Parameters without a type, whose declarations follow.
(parameter_list (identifier) @parameter)
