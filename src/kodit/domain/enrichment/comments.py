"""What people wrote about a piece of code: its docstrings and comments, as plain prose.

The rules are lexical and know no language: a comment is recognised by how its line begins. Only comments that have a
line to themselves count.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment or docstring, without its markers.

    `leading` is True when it speaks of the whole piece: no code stands before it, or it is the docstring of the
    first definition.
    """

    lines: tuple[str, ...]
    leading: bool


_LINE_COMMENT = re.compile(r"\s*(?://[/!]?|#(?=['\s#]|$)#*[:']?|--(?=[\s-]|$)-*\s*\|?|;;+|%+(?=\s))(.*)")
_BLOCK_COMMENT = re.compile(r"\s*(/\*|<!--|\{-|\(\*)[*!|]*(.*)")
_BLOCK_ENDS = {"/*": "*/", "<!--": "-->", "{-": "-}", "(*": "*)"}
_DOCSTRING = re.compile(r"""\s*(@\w*doc\s+)?[rRuUbB]{0,2}(\"{3}|'{3})(.*)""")
_ONE_LINE_DOCSTRING = re.compile(r"""\s*[rRuU]?(["'])([^"'\\]+)\1\s*$""")

_MARKED = re.compile(r"""\s*[/#\-;%<{(@rRuUbB"']""")
"""How a line begins that may be any of these: most lines need no closer look."""

_UNFINISHED = ("=", "(", "[", "{", ",", "+")
"""How a line of code ends when a string on the next line belongs to it."""

_PREAMBLE = re.compile(
    r"\s*(?:#!|#\[|#include\b|#pragma\b|@|<\?php|(?:package|import|from|using|use|require|mod|namespace)\b)"
)
"""Lines that may stand between the head of a file, or a decorated definition, and what documents it."""


def comments_in(content: str) -> Iterator[Comment]:
    """Every comment of the content, in order."""
    lines = iter(content.splitlines())
    before: str | None = None
    documented = False
    run: list[str] = []
    for line in lines:
        marked = _MARKED.match(line)
        if marked and (match := _LINE_COMMENT.match(line)):
            run.append(match[1])
            continue
        if run:
            yield Comment(tuple(run), before is None)
            run = []
        if marked and (match := _BLOCK_COMMENT.match(line)):
            yield Comment(_until(_BLOCK_ENDS[match[1]], match[2], lines), before is None)
        elif marked and (docstring := _docstring(line, before, lines)):
            yield Comment(docstring, not documented)
            documented = True
        elif line.strip() and not _PREAMBLE.match(line):
            before = line
    if run:
        yield Comment(tuple(run), before is None)


def _docstring(line: str, before: str | None, rest: Iterator[str]) -> tuple[str, ...]:
    """The docstring that begins on this line, or nothing: other strings are code."""
    opens_a_body = before is None or before.rstrip().endswith(":")
    if match := _DOCSTRING.match(line):
        text = _until(match[2], match[3], rest)
        follows = before is None or not before.rstrip().endswith(_UNFINISHED)
        return text if match[1] or follows else ()
    if before is not None and opens_a_body and (match := _ONE_LINE_DOCSTRING.match(line)):
        return (match[2],)
    return ()


def _until(end: str, first: str, rest: Iterator[str]) -> tuple[str, ...]:
    """The lines up to the end marker, or to the last line when it never comes."""
    found = []
    line: str | None = first
    while line is not None:
        text, closed, _ = line.partition(end)
        found.append(text)
        if closed:
            break
        line = next(rest, None)
    return tuple(found)


_LICENCE = re.compile(
    r"copyright\b|\(c\) *\d{4}|spdx-|licen[sc]ed under|licen[sc]e\b.{0,40}\bversion|all rights reserved"
    r"|permission is hereby granted|redistribution and use|without warrant|under the terms of"
    r"|licen[sc]e that can be found",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"-\*-|(?:vim?|ex|pylint|flake8|mypy|ruff|isort|yapf|fmt|type|noqa|eslint|tslint|jshint|global|prettier|biome"
    r"|istanbul|rubocop|shellcheck|nolint|clang-format|cspell|nosec|pragma|go|coding|encoding|frozen_string_literal"
    r"|todo|fixme|xxx|hack)\b\s*(?:\([^)]*\))?\s*[:=]|(?:eslint|prettier|biome|cspell|rubocop|shellcheck|stylelint)[-:\s]"
    r"|\+build\b|@ts-|@flow|noqa|end-?region|region\b|[<>]{3,}|[\W_]*$|(?:todo|fixme|xxx)\b",
    re.IGNORECASE,
)
_TAGS = re.compile(
    r"[@\\](?!brief|summary|desc|link|code|inheritdoc)[a-z]\w*|:(?:param|type|returns?|rtype|raises?|arg)\b"
    r"|(?:args|arguments|param(?:eter)?s|returns?|raises|yields|throws|attributes|examples?|usage|notes?|see also"
    r"|references|keyword args|options)\s*(?::|$)|#+ +(?:arguments|errors|examples?|panics|safety|returns)\b"
    r"|>>> |```|</?(?:param|returns?|exception|remarks|example)\b|(?:Parameters|Returns)$",
    re.IGNORECASE,
)
"""Where prose ends and a list of parameters, results or examples begins."""

_MARKUP = (
    (re.compile(r"\{@\w+ ([^}]*)\}"), r"\1"),  # {@link Name}
    (re.compile(r"[@\\](?:brief|summary|desc|description)\b"), ""),
    (re.compile(r":\w+:(?=`)"), ""),  # :class:`Name`
    (re.compile(r"</?[A-Za-z][^<>]{0,80}>"), " "),
    (re.compile(r"!?\[([^\[\]]{1,200})\](?:\([^()\s]{0,300}\)|\[[^\[\]]{0,100}\])"), r"\1"),
    (re.compile(r"https?://\S+"), ""),
    (re.compile(r"`([^`'\s]{1,80})'"), r"\1"),
    (re.compile(r"[`*_~]{2,}|[`*]"), ""),
)


def prose(lines: Sequence[str]) -> str:
    """What a comment says in sentences, on one line: without licence, directives, markup and lists of parameters.

    A comment that has nothing but such a list is given with its tags taken off.
    """
    text = _sentences(lines, stop_at_tags=True) or _sentences(lines, stop_at_tags=False)
    return plain(text)


def plain(text: str) -> str:
    """The text without markup, on one line."""
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def _sentences(lines: Iterable[str], *, stop_at_tags: bool) -> str:
    kept: list[str] = []
    for raw in lines:
        line = raw.strip().removeprefix("*").strip()
        if _LICENCE.search(line):
            break  # what follows a copyright line in the same comment is the licence
        tag = _TAGS.match(line)
        if tag and stop_at_tags:
            break
        if tag:
            line = line[tag.end() :].strip()
        if not _BOILERPLATE.match(line):
            kept.append(line)
    return " ".join(kept)
