(table . (_) @title) @definition.block
(table_array_element . (_) @title) @definition.block
(document (pair . (_) @title) @definition.block)
(comment) @comment
