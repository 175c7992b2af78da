"""Is a `.h` file C or C++? Both use the suffix, and only one grammar finds what is in it."""

from __future__ import annotations

import re

_NOISE = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'", re.DOTALL
)
_ATTRIBUTE = re.compile(r"\[\[.*?\]\]", re.DOTALL)  # C23 has [[gnu::packed]] too
_CONDITION = re.compile(r"^[ \t]*#[ \t]*(if\w*|else|elif\w*|endif)\b([^\n]*)", re.MULTILINE)
_FOR_CPP = re.compile(r"(?!.*!).*\b__cplusplus\b")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.DOTALL | re.MULTILINE)
_CPP_INCLUDE = re.compile(
    r"^[ \t]*#[ \t]*include[ \t]*(?:<[\w/]+>|[<\"][^<>\"\n]*\.(?:hpp|hh|hxx|ipp)[>\"])", re.MULTILINE
)
_OBJECTIVE_C = re.compile(
    r"^[ \t]*(?:@(?:interface|protocol|class|implementation|import|end)\b|#[ \t]*import\b)", re.MULTILINE
)
_TYPE = r"(?:const[ \t]+)?[A-Za-z_][\w:]*(?:<[^;{}()]*>)?"
# What stands at the start of a line, and what stands anywhere.
_STARTS = (
    r"template[ \t]*<",
    r"(?:inline[ \t]+)?namespace\b[ \t\w:]*(?:[={;]|$)",
    r"using[ \t]+(?:[A-Za-z_][\w:]*[ \t]*[=;]|namespace\b)",
    r"friend[ \t]+\w|explicit[ \t]+\w+[ \t]*\(|concept[ \t]+\w+[ \t]*=",
    r"(?:public|private|protected)[ \t]*(?:\w+[ \t]*)?:(?!:)",
    # class Engine;  enum class EXPORT Colour : int {
    r"(?:typedef[ \t]+|enum[ \t]+)?class[ \t]+(?:[A-Z][A-Z0-9_]+(?:[ \t]*\([^()\n]*\))?[ \t]+)?"
    r"[A-Za-z_]\w*[ \t]*(?:final[ \t]*)?(?:[;:{<,*]|$)",
    r"(?:explicit[ \t]+)?\w+[ \t]*\([^()?;]*\)[ \t\n]*:[ \t]*\w+[({]",  # Vec(float x) : x(x)
    r"(?:virtual[ \t]+|inline[ \t]+)?~[A-Za-z_]\w*[ \t]*\(",
    # Shape &operator=(…)  Widget& get()
    r"(?:(?:static|inline|extern|virtual)[ \t]+)*" + _TYPE + r"(?:&&?[ \t]+|[ \t]+&&?)[\w:]+[ \t]*\(",
    r"(?:const[ \t]+)?[A-Za-z_]\w*<[\w:*&, \t<>]+>[ \t]*[&*]?[ \t]*\w+[ \t]*[(;={,)]",  # vector<int> rows;
)
_ANYWHERE = (
    r"\b\w+[ \t]*::[ \t]*[~A-Za-z_]",  # std::string
    r"\b(?:struct|class)[ \t]+\w+[ \t]*(?:final[ \t]*)?:[ \t]*"
    r"(?:public|private|protected|virtual|[A-Z]\w*[ \t\n]*\{)",
    r"\bvirtual[ \t]+[~\w][\w:<>*&,~ \t]*\(",
    r"\)[ \t]*(?:const[ \t]*)?(?:->|noexcept\b|override\b|final\b|&&?[ \t]*[;{]|=[ \t]*(?:0|default|delete)[ \t]*;)",
    r"\)[ \t]*const[ \t]*(?:[;{]|\n[ \t]*\{)",
    r"\boperator[ \t]*(?:[-+*/%^&|~!=<>\[\],]{1,3}|\(\)|\"\"[ \t]*\w+|new|delete|bool)[ \t]*\(",
    r"\b(?:static|dynamic|reinterpret|const)_cast[ \t]*<",
    r"\b(?:constexpr|consteval|constinit|noexcept|decltype|nullptr|typename|co_await|co_return|co_yield)\b"
    r"(?![ \t]*[;,=)\]])",
    r"[(,][ \t\n]*"
    + _TYPE
    + r"(?:&&?[ \t]+\w|[ \t]+&&?(?:\w|[ \t]*[,)])|&&?[ \t]*[,)])",  # (const Shape &other, T&)
    r"[(,][ \t]*"
    + _TYPE
    + r"[ \t]+\(&[ \t]*\w+\)|[=(,][ \t]*\[[&=\w, ]*\][ \t]*\(",  # int (&rows)[3]  = [](auto a)
    r"=[ \t]*new[ \t]+[A-Za-z_]|\bthrow[ \t]+\w+[ \t]*\(|\bcatch[ \t]*\([^()\n]+\)[ \t\n]*\{",
    r"\bfor[ \t]*\([^;()\n]*[^:\s][ \t]*:[ \t]*\w[^;()\n]*\)",
    # a default: int depth = 2);
    r"[(,][ \t]*(?:const[ \t]+)?[A-Za-z_]\w*[ \t*]+[A-Za-z_]\w*[ \t]*=[ \t]*[-\w.\"'{}]+[ \t]*(?:,[^;]*)?\)[ \t]*;",
)
_CPP = re.compile(rf"^[ \t]*(?:{'|'.join(_STARTS)})|{'|'.join(_ANYWHERE)}", re.MULTILINE)
_STRUCT = re.compile(r"\b(?:struct|union)\b[ \t]*(\w*)[^;{}()]*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_METHOD = re.compile(
    r"^[ \t]*(?:[A-Za-z_][\w:]*[ \t*]+)+(?!__|[A-Z][A-Z0-9_]+[ \t]*\()[A-Za-z_]\w*[ \t]*"
    r"\((?!\s*\*)[^;{}]*\)[ \t]*(?:[;{]|\n[ \t]*\{)",
    re.MULTILINE,
)


def is_cpp_header(text: str) -> bool:
    """True where code outside of comments, strings and ``#ifdef __cplusplus`` is C++; Objective-C counts as C.

    C has names like ``class``, ``new`` and ``private`` (``struct class *class``): only what C can't say counts.
    """
    if _CPP_INCLUDE.search(_for_c(text)):
        return True
    code = _ATTRIBUTE.sub("", _for_c(_NOISE.sub(_quotes, text)))
    if _OBJECTIVE_C.search(code):
        return False
    code = _DIRECTIVE.sub("", code)
    return _CPP.search(code) is not None or _has_methods(code)


def _for_c(code: str) -> str:
    """The code without what it shows to C++ compilers alone (``#ifdef __cplusplus``)."""
    kept, position, depth, hidden = [], 0, 0, 0  # hidden: the depth at which the guard stands
    for found in _CONDITION.finditer(code):
        word, rest = found.groups()
        if word.startswith("if"):
            depth += 1
            if not hidden and word != "ifndef" and _FOR_CPP.match(rest):
                kept.append(code[position : found.start()])
                hidden = depth
        elif hidden == depth:
            position, hidden = found.start(), 0
        depth -= word == "endif"
    return "".join([*kept, "" if hidden else code[position:]])


def _quotes(found: re.Match[str]) -> str:
    return '""' if found.group()[0] in "\"'" else " "


def _has_methods(code: str) -> bool:
    """Does a struct have functions as members? In C only pointers to functions can be."""
    return any(
        _METHOD.search(body) or (name and re.search(rf"^[ \t]*{name}[ \t]*\(", body, re.MULTILINE))
        for name, body in _STRUCT.findall(code)
    )
