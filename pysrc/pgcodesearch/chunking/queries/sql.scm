; definitions come from sql.py: the grammar stumbles over PL/pgSQL bodies
(comment) @comment
(marginalia) @comment
