"""Describing a snippet in words by rules alone: no model, no network, the same text every time.

The text is made to be found by questions in plain language, and to be read by people:

    Function parse headers in http client: Parses only RFC 2822 headers from a file pointer. Takes fp, class. Uses
    read headers, email parser, feed.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from kodit.domain.code.snippet import DEFINITIONS, Snippet, SnippetKind
from kodit.domain.enrichment.comments import comments_in, plain, prose
from kodit.domain.enrichment.names import keys_in, names_used, parameters, words_of

RULES = "kodit-words-1"
"""Names these rules; to be changed whenever a change of them changes texts."""

LONGEST = 60
"""Words in a description. Static embeddings average their words: a long text blurs what it is about."""

_LONGEST_HEAD = 20
_LONGEST_PROSE = 30
_LONGEST_REMARK = 15
_LONGEST_USES = 24
_LONGEST_WORD = 40
"""Characters; what is longer is an encoded blob, not a word."""

_READ = 20_000
"""Characters of a snippet that are looked at."""

_BARE_PATH_PARTS = frozenset({"src", "lib", "index", "main", "mod", "init", "pkg", "packages", "source", "app"})
"""Folders and files whose names say nothing of what is in them."""

_HAS_MEMBERS = frozenset(
    {SnippetKind.CLASS, SnippetKind.INTERFACE, SnippetKind.ENUM, SnippetKind.TYPE, SnippetKind.MODULE}
)
_IS_CALLED = frozenset({SnippetKind.FUNCTION, SnippetKind.METHOD})
_PROSE_LANGUAGES = frozenset({"markdown", "text", "plain", "restructuredtext", "rst", "asciidoc", "html"})


def describe(snippet: Snippet) -> str:
    """At most `LONGEST` words on one line; never empty."""
    content = snippet.content[:_READ]
    if snippet.kind is SnippetKind.SECTION or snippet.language in _PROSE_LANGUAGES:
        return _document(snippet, content)
    if snippet.kind not in DEFINITIONS and (keys := keys_in(content)):
        return _settings(snippet, keys)
    return _code(snippet, content)


def _code(snippet: Snippet, content: str) -> str:
    head = _code_head(snippet)
    told = _told(content)
    takes = _list("Takes", _parameters(snippet, content))
    said = {word for text in (head, told, takes) for word in words_of(text)}
    left = min(_LONGEST_USES, LONGEST - 1 - sum(len(text.split()) for text in (head, told, takes)))
    uses = _list("Has" if snippet.kind in _HAS_MEMBERS else "Uses", names_used(content, said=said, limit=left))
    return _text(head, told, takes, uses)


def _code_head(snippet: Snippet) -> str:
    if snippet.kind in DEFINITIONS:
        *owners, name = _parts_of_symbol(snippet.symbol or "")
        subject = [snippet.kind.value, *name, *(["of", *owners[-1]] if owners else [])]
    else:
        subject = ["code", *(["of", *words_of(snippet.header)] if snippet.header else [])]
    return _head([*subject, "in", *_place(snippet.path)])


def _parts_of_symbol(symbol: str) -> list[list[str]]:
    """The words of each part: `Parser.parse_line` is [parser], [parse, line]."""
    return [words for part in re.split(r"[.:#/\\]+", symbol) if (words := words_of(part))] or [[]]


def _told(content: str) -> str:
    """What the docstring or the leading comments say; where there are none, the first remarks inside."""
    remarks = []
    leading = ""
    for comment in comments_in(content):
        text = prose(comment.lines)
        if comment.leading:
            leading = max(leading, text, key=len)
        elif not _looks_like_code(text):
            remarks.append(text)
    if leading:
        return _shortened(leading, _LONGEST_PROSE)
    return _shortened("; ".join(remarks), _LONGEST_REMARK)


def _looks_like_code(text: str) -> bool:
    return len(text.split()) < 3 or text.endswith((";", "{", "}", ")", ",")) or "=" in text or "->" in text


def _parameters(snippet: Snippet, content: str) -> list[str]:
    if snippet.kind not in _IS_CALLED or not snippet.symbol:
        return []
    name = re.split(r"[.:#/\\]+", snippet.symbol)[-1]
    return parameters(content, name, snippet.language)[:5] if name else []


_HEADING = re.compile(r"(?:#{1,6}|=+)\s+(.*?)[\s#]*$")
_CODE_BLOCK = re.compile(r"(```|~~~).*?(?:\1|\Z)", re.DOTALL)
_FRONT = re.compile(r"(?m)^[ \t]*(?:[>*+|-]|\d+[.)])[ \t]+|[|]|^\s*[-=:*_|\s]{3,}$")


def _document(snippet: Snippet, content: str) -> str:
    """A part of a document: its heading, where it stands, and its first sentences."""
    first, _, rest = content.lstrip().partition("\n")
    if match := _HEADING.match(first):
        heading, body = plain(match[1]), rest
    else:
        heading, body = snippet.symbol or "", content
    kind = "section" if snippet.kind is SnippetKind.SECTION else "text"
    place = [*_place(snippet.path), *(["under", *words_of(snippet.header)] if snippet.header else [])]
    head = _head([kind, *heading.split(), "in", *place])
    return _text(head, _shortened(plain(_FRONT.sub(" ", _CODE_BLOCK.sub(" ", body))), _LONGEST_PROSE + 10))


def _settings(snippet: Snippet, keys: Iterable[str]) -> str:
    """Lines of configuration: the file's name and the keys."""
    head = _head(["settings", "in", *_place(snippet.path), *words_of(snippet.path.rpartition(".")[2])])
    return _text(head, _list("Keys", keys))


@lru_cache(maxsize=1_000)
def _place(path: str) -> Sequence[str]:
    """The words of the file's name and of the two folders above it. Remembered: snippets of one file come together."""
    folders, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    parts = [words_of(part) for part in [*folders.split("/")[-2:], stem]]
    telling = [word for words in parts for word in words if not (len(words) == 1 and word in _BARE_PATH_PARTS)]
    return list(dict.fromkeys(telling)) or words_of(name) or ["file"]


def _head(words: list[str]) -> str:
    text = " ".join(words[:_LONGEST_HEAD])
    return text[:1].upper() + text[1:]


def _list(label: str, names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f"{label} {listed}" if listed else ""


def _shortened(text: str, limit: int) -> str:
    """The first whole sentences within so many words, or that many words when the first sentence is longer."""
    words = text.split()
    if len(words) <= limit:
        return " ".join(words)
    ends = [place for place, word in enumerate(words[:limit], start=1) if word.endswith((".", "!", "?")) and place > 3]
    return " ".join(words[: ends[-1] if ends else limit])


def _text(head: str, *sentences: str) -> str:
    """`Head: sentence. Sentence.`, as valid Unicode and within bounds."""
    told = " ".join(_ended(sentence) for sentence in sentences if sentence)
    whole = f"{head}: {told}" if told else _ended(head)
    words = whole.encode("utf-8", "ignore").decode().split()
    return " ".join([word for word in words if len(word) <= _LONGEST_WORD][:LONGEST]).strip()


def _ended(sentence: str) -> str:
    sentence = sentence.rstrip(" ,;:")
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
