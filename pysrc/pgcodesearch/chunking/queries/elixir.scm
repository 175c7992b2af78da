(call target: (identifier) @_def (arguments . (alias) @name) (do_block) @body
  (#any-of? @_def "defmodule" "defprotocol")) @definition.class
(call target: (identifier) @_def (arguments . (alias) @name (keywords (pair value: (alias) @scope))) (do_block) @body
  (#eq? @_def "defimpl")) @definition.class
(call target: (identifier) @_def
  (arguments . [(call target: (identifier) @name) (identifier) @name
    (binary_operator left: (call target: (identifier) @name))
    (binary_operator left: (identifier) @name)])
  (do_block)? @body
  (#any-of? @_def "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate" "defn" "defnp"))
  @definition.clause
(do_block (unary_operator operand: (call target: (identifier) @name (arguments [(list) (map) (tuple) (integer)
  (float) (atom) (string) (sigil) (boolean)]))) @definition.block
  (#not-match? @name "^(doc|moduledoc|typedoc|impl|spec|type|behaviour|since|deprecated)$"))

(call target: (identifier) @_use (arguments . (alias) @import.name) (#any-of? @_use "alias" "import" "require" "use"))
(call target: (identifier) @_use (arguments . (dot right: (tuple (alias) @import.name))) (#eq? @_use "alias"))

(source (call target: (identifier) @_use) @import (#any-of? @_use "alias" "import" "require" "use"))
(unary_operator operand: (call target: (identifier) @_doc (arguments (string (quoted_content) @doc)))
  (#any-of? @_doc "doc" "moduledoc" "typedoc"))
((unary_operator operand: (call target: (identifier) @_name)) @attribute
  (#any-of? @_name "doc" "spec" "impl" "since" "deprecated" "tag" "decorate"))
(call target: (identifier) @call
  (#not-match? @call "^(def|defp|defmacro|defmacrop|defmodule|doc|moduledoc|spec|type|impl|use|alias|import|require|quote|unquote|if|case|cond|with|fn|for|unless|defstruct)$"))
(call target: (dot right: (identifier) @call))
(comment) @comment
(call target: (identifier) @_def (arguments . (alias) @base (keywords)) (#eq? @_def "defimpl"))
(unary_operator operand: (call target: (identifier) @_behaviour (arguments (alias) @base)) (#eq? @_behaviour "behaviour"))
