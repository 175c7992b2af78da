"""Where definitions begin, told to git: the name after a hunk's line numbers is then that of the innermost one.

git has drivers of its own for many languages and uses one where a file's attributes name it; here they are named by
suffix. Attributes of the repository itself count for more.
"""

from __future__ import annotations

_SUFFIXES = {
    "ada": "adb ads", "bash": "sh bash", "cpp": "c h cc cpp cxx hh hpp hxx cu", "csharp": "cs", "css": "css scss less",
    "elixir": "ex exs", "fortran": "f f90 f95", "golang": "go", "html": "html htm", "java": "java",
    "kotlin": "kt kts", "markdown": "md markdown", "objc": "m mm", "perl": "pl pm", "php": "php",
    "python": "py pyi pyx", "ruby": "rb", "rust": "rs", "scheme": "scm ss", "tex": "tex",
    "pgcodesearch-script": "js jsx mjs cjs ts tsx mts cts vue svelte", "pgcodesearch-sql": "sql",
    "pgcodesearch-any": "scala swift lua zig dart groovy jl nim",
}  # fmt: skip
ATTRIBUTES = "".join(
    f"*.{suffix} diff={driver}\n" for driver, suffixes in _SUFFIXES.items() for suffix in suffixes.split()
)
# What git shows is the first group.
_FUNCTIONS = {
    "pgcodesearch-script": (
        "!^[ \t]*(if|for|while|switch|catch|return|else|do|try|throw|new|await)[ \t(]\n"
        "^[ \t]*(((export|default|async|static|public|private|protected|abstract|declare|readonly|function|class"
        "|interface|enum|namespace)[ \t*]+)+[A-Za-z_$].*)$\n"
        "^[ \t]*([A-Za-z_$#][A-Za-z0-9_$]*[ \t]*\\(.*\\)[^;]*\\{)[ \t]*$\n"
        "^[ \t]*((export[ \t]+)?(const|let|var)[ \t]+[A-Za-z_$][A-Za-z0-9_$]*[ \t]*=[ \t]*(async[ \t]*)?"
        "(function|\\(|[a-z]+[ \t]*=>).*)$"
    ),
    "pgcodesearch-sql": "^[ \t]*((create|CREATE)[ \t].*)$",
    "pgcodesearch-any": (
        "^[ \t]*(((pub|public|private|internal|open|static|override|local|final|abstract|implicit|lazy|async|export)"
        "[ \t]+)*(def|class|object|trait|func|function|fn|struct|enum|protocol|extension|module|type|interface|record"
        "|proc|macro)[ \t]+[^;]*)$"
    ),
}
# The last word of a configuration wins; see git_command.
CONFIGURATION: dict[str, str | None] = {
    f"diff.{driver}.xfuncname": pattern for driver, pattern in _FUNCTIONS.items()
}
