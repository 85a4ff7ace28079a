"""Gradle's programs as text: which statement stands in which blocks. Nothing is executed."""

import re
from collections.abc import Iterator

_DEEPEST = 50

# Every part takes all that it can at once, so that no text makes the search go back.
_TRIPLE = r'"""(?:[^"]|"(?!""))*+(?:"""|\Z)|' + r"'''(?:[^']|'(?!''))*+(?:'''|\Z)"
_STRING = r'"(?:[^"\\\n]|\\.)*+"?|' + r"'(?:[^'\\\n]|\\.)*+'?"
_TOKEN = re.compile(
    rf"(?P<string>{_TRIPLE}|{_STRING})|(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))"
    r"|(?P<mark>[{}\n;])|(?P<code>(?:[^{}\n;\"'/]|/(?![/*]))++)",
    re.DOTALL,
)
_FIRST_WORD = re.compile(r"[A-Za-z_]\w*")
_LITERAL = re.compile(r"\"([^\"\\]*)\"|'([^'\\]*)'")


def statements(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each statement with the names of the blocks around it, outermost first, without comments."""
    blocks: list[str] = []
    statement: list[str] = []
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if mark is None:
            statement.append(" " if token["comment"] else token[0])
            continue
        whole = "".join(statement).strip()
        if mark == "\n" and whole.endswith((",", "(", "=")):
            statement.append(" ")
            continue
        if whole:
            yield tuple(blocks), whole
        statement.clear()
        if mark == "{" and len(blocks) < _DEEPEST:
            first = _FIRST_WORD.match(whole)
            blocks.append(first[0] if first else "")
        elif mark == "}" and blocks:
            blocks.pop()
    if whole := "".join(statement).strip():
        yield tuple(blocks), whole


def literals(statement: str) -> list[str]:
    """The texts that a statement has in quotes."""
    return [found[1] if found[1] is not None else found[2] for found in _LITERAL.finditer(statement)]
