(document (object (pair key: (string) @title) @definition.block))
(comment) @comment
