"""The types of fields and variables, as far as what declares them tells.

Only a single plain name is a type here: of `List[Parser]` nobody asks for the parser's members.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.symbol import StoredSymbol, SymbolKind

_DOTTED = r"(?P<type>[\w$]+(?:\.[\w$]+)*)"
_PATH = r"(?P<type>\w+(?:::\w+)*)"
_FUNCTIONS = frozenset((SymbolKind.FUNCTION, SymbolKind.METHOD))
_TYPED = frozenset((SymbolKind.FIELD, SymbolKind.VARIABLE, SymbolKind.CONSTANT))


def _words(*words: str) -> str:
    return rf"^(?:(?:{'|'.join(words)})\s+)*"


_PYTHON = (
    re.compile(rf"^(?:self\.)?(?P<name>\w+)\s*:\s*[\"']?{_DOTTED}[\"']?(?:\s*\|\s*None[\"']?)?\s*(?:=|$)"),
    # By custom a class has a capital letter; a function that makes things has none.
    re.compile(r"^(?:self\.)?(?P<name>\w+)\s*=\s*(?P<type>(?:[\w.]*\.)?_*[A-Z]\w*)\((?P<arguments>.*)\)$"),
)
_SCRIPT_WORDS = _words(
    *("export", "default", "declare", "public", "private", "protected", "readonly", "static", "override", "abstract"),
    *("const", "let", "var", "accessor"),
)
_SCRIPT = (
    re.compile(
        rf"{_SCRIPT_WORDS}(?:this\.)?#?(?P<name>[\w$]+)[?!]?\s*:\s*{_DOTTED}(?:<[^=|&]*>)?"
        r"(?:\s*\|\s*(?:null|undefined))*\s*(?:=|;|$)"
    ),
    re.compile(
        rf"{_SCRIPT_WORDS}(?:this\.)?#?(?P<name>[\w$]+)\s*=\s*new\s+{_DOTTED}(?:<[^()=;]*>)?\((?P<arguments>.*)\)$"
    ),
)
_SHARP_WORDS = _words(
    *(r"@[\w.]+(?:\([^()]*\))?", r"\[[^\]]*\]", "public", "private", "protected", "internal", "static", "final"),
    *("readonly", "volatile", "transient", "required", "virtual", "override", "abstract", "sealed", "new"),
)
_SHARP = (re.compile(rf"{_SHARP_WORDS}{_DOTTED}(?:<[^()=;]*>)?\??\s+(?P<name>\w+(?:\s*,\s*\w+)*)\s*(?:=|;|\{{|$)"),)
_PATTERNS: Mapping[str, Sequence[re.Pattern[str]]] = {
    "python": _PYTHON,
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "java": _SHARP,
    "csharp": _SHARP,
    "go": (
        re.compile(rf"^(?:var\s+)?(?P<name>\w+(?:\s*,\s*\w+)*)\s+\*?{_DOTTED}(?:\[[^\]]*\])?\s*(?:=|`|\"|$)"),
        re.compile(rf"^(?P<name>\w+)\s*=\s*&?{_DOTTED}\{{(?P<arguments>.*)\}}$"),
    ),
    "rust": (
        re.compile(
            r"^(?:pub(?:\([^)]*\))?\s+)?(?:(?:static|const)\s+)?(?:mut\s+)?(?P<name>\w+)\s*:\s*(?:&\s*(?:'\w+\s+)?)?"
            rf"(?:mut\s+)?(?:(?:Box|Rc|Arc)<(?:dyn\s+)?)?{_PATH}(?:<[^=;+]*>)?>?\s*(?:=|,|;|$)"
        ),
    ),
    "cpp": (
        re.compile(
            rf"{_words('const', 'static', 'mutable', 'inline', 'constexpr', 'volatile', 'struct', 'class')}{_PATH}"
            r"(?:<[^()=;]*>)?(?:\s*[*&]+\s*|\s+)(?P<name>\w+)\s*(?:=|\{|;|$)"
        ),
    ),
    "php": (
        re.compile(
            rf"{_words('public', 'private', 'protected', 'static', 'readonly', 'var', 'final')}\??\\?"
            r"(?P<type>\w+(?:\\\w+)*)\s+\$(?P<name>\w+)\s*(?:=|;|$)"
        ),
    ),
}

_HANDED_ON = re.compile(r"^(?:self|this)\.\w+\s*=\s*(?P<parameter>\w+)$")
_TYPES_BEHIND = frozenset(("python", "typescript", "tsx"))
"""Languages in which a parameter has its type behind its name."""
_BEHIND = rf"\??\s*:\s*[\"']?{_DOTTED}[\"']?(?:\s*\|\s*(?:None|null|undefined)[\"']?)*\s*(?:[=,)]|$)"


def declared_types(language: str, symbols: Iterable[StoredSymbol]) -> Mapping[int, str]:
    """The types of a file's fields, variables and constants, as they are written but for `SEPARATOR`, by their ids.

    `self.parser = parser` has the type of the parameter that it hands on. What is not declared with a plain type has
    none here.
    """
    patterns = _PATTERNS.get(language, ())
    known = list(symbols) if patterns else []
    functions = [one for one in known if one.symbol.kind in _FUNCTIONS]
    types: dict[int, str] = {}
    for stored in known:
        if stored.symbol.kind in _TYPED:
            found = _declared(patterns, stored) or _handed_on(language, stored, functions)
            if found:
                types[stored.id] = found.replace("::", SEPARATOR).replace("\\", SEPARATOR)
    return types


def _declared(patterns: Sequence[re.Pattern[str]], stored: StoredSymbol) -> str | None:
    for pattern in patterns:
        found = pattern.match(stored.symbol.signature)
        if found is None or stored.symbol.name not in re.split(r"\s*,\s*", found["name"]):
            continue
        if _is_one_list(found.groupdict().get("arguments") or ""):
            return found["type"]
    return None


def _is_one_list(arguments: str) -> bool:
    """Whether nothing between two brackets closes the first of them: `C(1).parse(2)` is no `C`."""
    depth = 0
    for letter in arguments:
        depth += (letter in "({[") - (letter in ")}]")
        if depth < 0:
            return False
    return True


def _handed_on(language: str, stored: StoredSymbol, functions: Sequence[StoredSymbol]) -> str | None:
    handed = _HANDED_ON.match(stored.symbol.signature) if language in _TYPES_BEHIND else None
    if handed is None:
        return None
    pattern = rf"[(,]\s*{re.escape(handed['parameter'])}{_BEHIND}"
    for function in functions:
        symbol = function.symbol
        beside = function.parent_id == stored.parent_id
        if beside and symbol.start_line <= stored.symbol.start_line <= symbol.end_line:
            found = re.search(pattern, symbol.signature)
            return None if found is None else found["type"]
    return None
