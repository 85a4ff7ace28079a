"""Code with its syntax in colours, as lines of HTML."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from kodit.domain.code.lines import lines_of, normalised
from kodit.interfaces.web.harmless import harmless
from kodit.interfaces.web.marking import Wanted

MOST_COLOURED = 400_000
"""Characters. What is longer is shown in one colour: colours cost a microsecond for each character."""
LONGEST_COLOURED_LINE = 4_000
"""Characters. Such lines are data or minified, and lexers may take very long for them."""
LONGEST_BLANK = 1_000
"""Characters of blank space in a row, over any number of lines. For one token some lexers look at each beginning and
each end of it, and nothing can be done meanwhile."""
SECONDS, SECONDS_A_CHARACTER = 0.2, 10e-6
"""Of a processor, that a text may take together. It is three times what the slowest lexers take for what people
write; there are texts that some take a square of their length for, and those are shown in one colour."""

LONGEST_REMEMBERED = 8_000
"""Characters. Nearly all snippets are shorter; whole files are seldom looked at twice."""

_BLANK = re.compile(r"\s+")
_COLOURLESS = frozenset({"w", "p", "", "err"})
_LEXERS = {
    "terraform": "hcl",
    "starlark": "python",
    "dotenv": "bash",
    "batch": "bat",
    "assembly": "nasm",
    "literate-haskell": "literate-haskell",
    "template": "html",
    "svg": "xml",
    "vue": "html",
    "svelte": "html",
    "astro": "html",
    "protobuf": "proto",
    "dockerfile": "docker",
    "visual-basic": "vb.net",
    "objective-c": "objective-c",
    "webassembly": "wast",
    "gradle": "groovy",
    "jsonc": "json",
}
"""Where our name for a language is not the highlighter's."""

Colouring = Sequence[tuple[str, str]]
"""One line: pieces of text, each with its class, "" for none."""


async def highlighted(text: str, language: str | None, wanted: Wanted = Wanted()) -> Sequence[Markup]:  # noqa: B008 - frozen
    """The lines of a text in colours, with the wanted words marked. Lexers are slow: it is done in a thread."""
    return await asyncio.to_thread(lines_in_colours, text, language, wanted)


def lines_in_colours(text: str, language: str | None, wanted: Wanted) -> Sequence[Markup]:
    """The same, where it is called. A line may be longer than it is wide, and none has a line's end in it."""
    coloured = _remembered if len(text) <= LONGEST_REMEMBERED else _coloured
    try:
        lines = coloured(text, language or "text")
    except _TakesTooLongError:
        lines = _plain(lines_of(harmless(normalised(text))))
    return [_line(line, wanted) for line in lines]


class _TakesTooLongError(Exception):
    """A text took a lexer longer than it may; perhaps only because it was the first of its language."""


def _plain(lines: Sequence[str]) -> Sequence[Colouring]:
    return [[("", line)] for line in lines]


def _coloured(text: str, language: str) -> Sequence[Colouring]:
    text = harmless(normalised(text))
    lines = lines_of(text)
    plain = _plain(lines)
    lexer = _lexer(language)
    if lexer is None or len(text) > MOST_COLOURED or _longest(lines) > LONGEST_COLOURED_LINE:
        return plain
    if _longest(_BLANK.findall(text)) > LONGEST_BLANK:
        return plain
    coloured = _by_line(lexer, text)[: len(lines)]
    # A lexer may lose a part of what is no code of its language.
    return coloured if ["".join(piece for _, piece in line) for line in coloured] == lines else plain


def _longest(texts: Sequence[str]) -> int:
    return max(map(len, texts), default=0)


_remembered = lru_cache(maxsize=256)(_coloured)
"""As somebody types, most answers are those of a moment ago. Full it takes some 10 MB."""


def _by_line(lexer: Any, text: str) -> list[Colouring]:
    lines: list[list[tuple[str, str]]] = [[]]
    until = time.thread_time() + SECONDS + SECONDS_A_CHARACTER * len(text)
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        if time.thread_time() > until:
            raise _TakesTooLongError
        name = _class_of(kind)
        first, *rest = value.split("\n")
        if first:
            _append(lines[-1], name, first)
        lines += [[(name, piece)] if piece else [] for piece in rest]
    return [*lines]


def _append(line: list[tuple[str, str]], name: str, text: str) -> None:
    """Two neighbours that look the same are one, but for names: each is one that can be asked about."""
    if line and line[-1][0] == name and not name.startswith("n"):
        text = line.pop()[1] + text
    line.append((name, text))


@lru_cache(maxsize=128)
def _lexer(language: str) -> Any:
    """The lexer for a language, None where there is none."""
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        return get_lexer_by_name(_LEXERS.get(language, language))
    except ClassNotFound:
        return None


@lru_cache(maxsize=256)
def _class_of(kind: Any) -> str:
    """The short name of a kind of token, or of the nearest above it that has one; "" for what has no colour."""
    from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]

    while kind not in STANDARD_TYPES:
        kind = kind.parent
    name = str(STANDARD_TYPES[kind])
    return "" if name in _COLOURLESS else name


def _line(line: Colouring, wanted: Wanted) -> Markup:
    """A line in HTML. What is wanted is looked for in the line as a whole: a name may be in several pieces."""
    stretches = wanted.found_in("".join(text for _, text in line))
    edges = [edge for stretch in stretches for edge in stretch]
    shown: list[str] = []
    at = 0
    for name, text in line:
        inside = "".join(_cut(text, at, edges))
        shown.append(f'<span class="{name}">{inside}</span>' if name else inside)
        at += len(text)
    return Markup("".join(shown))  # noqa: S704 - every text in it went through `escape`


def _cut(text: str, at: int, edges: Sequence[int]) -> Iterator[str]:
    """A piece of a line that begins at a character of it, with what lies between each two of the edges marked."""
    cuts = [edge - at for edge in edges if at < edge < at + len(text)]
    is_wanted = sum(edge <= at for edge in edges) % 2 == 1
    for start, end in pairwise([0, *cuts, len(text)]):
        yield f"<mark>{escape(text[start:end])}</mark>" if is_wanted else str(escape(text[start:end]))
        is_wanted = not is_wanted
