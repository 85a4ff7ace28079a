[(line_comment) (block_comment) (attribute_item)] @leading

(function_item name: (identifier) @name) @definition.function
(macro_definition name: (identifier) @name) @definition.macro

(struct_item name: (type_identifier) @name) @definition.struct
(union_item name: (type_identifier) @name) @definition.struct
(enum_item name: (type_identifier) @name) @definition.enum
(trait_item name: (type_identifier) @name) @definition.trait

; An implementation bears its type's name.
(impl_item type: (_) @name) @definition.class

(mod_item name: (identifier) @name body: (_)) @definition.module
(type_item name: (type_identifier) @name) @definition.type
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.constant

(mod_item name: (identifier) @name !body) @symbol.module
(function_signature_item name: (identifier) @name) @symbol.function
(associated_type name: (type_identifier) @name) @symbol.type
(field_declaration name: (field_identifier) @name) @symbol.field
(enum_variant name: (identifier) @name) @symbol.member
