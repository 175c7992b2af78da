(stylesheet (rule_set (selectors) @title) @definition.block)
(stylesheet (media_statement) @definition.block)
(stylesheet (keyframes_statement (keyframes_name) @title) @definition.block)

(import_statement) @import
(comment) @comment
