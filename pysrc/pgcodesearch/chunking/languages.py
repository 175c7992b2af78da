"""Languages: how a file's is recognised, and its grammar and query loaded once per process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module, resources
from pathlib import PurePosixPath

from tree_sitter import Language, Query

from .headers import is_cpp_header
from .shebang import shebang_language

_HEADER_CHARS = 200_000
_GROUPED = (b"@definition", b"@import.name", b"@import.all", b"@typed.name")
_SHEBANG_CHARS = 2_000


@dataclass(frozen=True)
class LanguageSpec:
    """A language, the file name extensions that mean it, and the wheel that parses it."""

    name: str
    extensions: tuple[str, ...]
    grammar: str
    function: str = "language"

    @cached_property
    def works(self) -> bool:
        """True where grammar and query load here; files of other languages become line windows."""
        return load_grammar(self.name) is not None


@dataclass(frozen=True, slots=True)
class Grammar:
    """A parser's language with its query in two halves, each run once over a tree.

    `definitions` needs captures grouped by match (a definition with its name and body);
    `references` (calls, comments, attributes) are only positions, which captures() gives faster.
    """

    name: str
    language: Language
    definitions: Query
    references: Query


def _spec(name: str, extensions: str, grammar: str = "", function: str = "language") -> LanguageSpec:
    return LanguageSpec(name, tuple(extensions.split()), grammar or f"tree_sitter_{name}", function)


LANGUAGES: dict[str, LanguageSpec] = {
    spec.name: spec
    for spec in (
        _spec("python", ".py .pyi .pyw .bzl"),
        _spec("typescript", ".ts .mts .cts", "tree_sitter_typescript", "language_typescript"),
        _spec("tsx", ".tsx", "tree_sitter_typescript", "language_tsx"),
        _spec("javascript", ".js .mjs .cjs .jsx .es6"),
        _spec("go", ".go"),
        _spec("java", ".java"),
        _spec("rust", ".rs"),
        _spec("c", ".c .h"),
        _spec("cpp", ".cc .cpp .cxx .c++ .hpp .hh .hxx .h++ .ipp .inl .tpp .cu .cuh .ino"),
        _spec("csharp", ".cs .csx", "tree_sitter_c_sharp"),
        _spec("ruby", ".rb .rake .gemspec .ru .podspec"),
        _spec("php", ".php .phtml .php5 .php7 .php8", "tree_sitter_php", "language_php"),
        _spec("bash", ".sh .bash .zsh .ksh .bats .ebuild"),
        _spec("kotlin", ".kt .kts"),
        _spec("scala", ".scala .sc .sbt"),
        _spec("swift", ".swift"),
        _spec("lua", ".lua .rockspec"),
        _spec("elixir", ".ex .exs"),
        _spec("haskell", ".hs"),
        _spec("zig", ".zig .zon"),
        _spec("sql", ".sql .ddl .pgsql .psql"),
        _spec("markdown", ".md .markdown .mdx .mkd"),
        _spec("html", ".html .htm .xhtml"),
        _spec("vue", ".vue", "tree_sitter_html"),
        _spec("svelte", ".svelte", "tree_sitter_html"),
        _spec("astro", ".astro", "tree_sitter_html"),
        _spec("css", ".css"),
        _spec("json", ".json .jsonc .geojson .webmanifest .ipynb"),
        _spec("yaml", ".yaml .yml"),
        _spec("toml", ".toml"),
    )
}

_EXTENSIONS = {extension: spec.name for spec in LANGUAGES.values() for extension in spec.extensions}

_FILE_NAMES = {
    "python": "BUILD BUILD.bazel WORKSPACE SConstruct SConscript wscript Snakefile .pythonrc",
    "ruby": "Rakefile Gemfile Podfile Vagrantfile Brewfile Guardfile Capfile Fastfile .irbrc",
    "bash": ".bashrc .bash_profile .bash_aliases .bash_logout .profile .zshrc .zshenv .zprofile PKGBUILD",
    "toml": "Cargo.lock Pipfile poetry.lock uv.lock pdm.lock",
    "json": "composer.lock .babelrc .eslintrc .jshintrc .prettierrc .swcrc flake.lock",
    "yaml": ".clang-format .clang-tidy .clangd .gemrc pubspec.lock",
    "elixir": "mix.lock",
}
_NAMES = {name: language for language, names in _FILE_NAMES.items() for name in names.split()}


def detect_language(path: str, text: str = "") -> str | None:
    """The language of a file by extension, well-known name or shebang; None when unknown.

    `text` is the file's, or its beginning (200 KB are looked at): it has the shebang, and tells C from C++ headers.
    """
    file = PurePosixPath(path.replace("\\", "/"))
    extension = file.suffix.lower()
    if extension == ".h" and is_cpp_header(text[:_HEADER_CHARS]):
        return "cpp"
    return _NAMES.get(file.name) or _EXTENSIONS.get(extension) or shebang_language(text[:_SHEBANG_CHARS])


@cache
def load_grammar(name: str) -> Grammar | None:
    """The grammar and compiled query of a language, or None when its wheel or query can't be used here."""
    spec = LANGUAGES.get(name)
    if spec is None:
        return None
    try:
        language = Language(getattr(import_module(spec.grammar), spec.function)())
        return compile_queries(name, language, query_source(name))
    except (ImportError, AttributeError, OSError, ValueError):  # no wheel, or one this query doesn't fit
        return None


def query_source(name: str) -> str:
    """The text of a language's query; `; inherits: x` in its first line puts x's query before it."""
    text = resources.files(__package__).joinpath("queries", f"{name}.scm").read_text(encoding="utf-8")
    inherited = re.match(r";\s*inherits:\s*(\w+)", text)
    return (query_source(inherited.group(1)) + "\n" + text) if inherited else text


def compile_queries(name: str, language: Language, text: str) -> Grammar:
    """Compile a query twice, each half with the other's patterns switched off."""
    definitions, references = Query(language, text), Query(language, text)
    data = text.encode()
    for index in range(definitions.pattern_count):
        pattern = data[definitions.start_byte_for_pattern(index) : definitions.end_byte_for_pattern(index)]
        grouped = any(mark in pattern for mark in _GROUPED)
        (references if grouped else definitions).disable_pattern(index)
    return Grammar(name, language, definitions, references)
