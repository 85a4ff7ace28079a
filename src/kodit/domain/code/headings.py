"""Documents cut by their headings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kodit.domain.code.language import Headings


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: the line it begins on, counted from 1, the line its text ends on, its depth and its title."""

    line: int
    last_line: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Section:
    """The lines under one heading, up to the next of any depth.

    `title` is None for what stands before the first heading. `above` are the titles of the enclosing sections.
    """

    first: int
    last: int
    title: str | None
    above: tuple[str, ...] = ()


_FENCE = re.compile(r" {0,3}(`{3,}(?!.*`)|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_SETEXT = re.compile(r" {0,3}(={2,}|-{2,})[ \t]*$")
_NOT_A_PARAGRAPH = re.compile(r"\s|[#>|*+<-]|\d+[.)]")
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*$")


def sections(lines: Sequence[str], style: Headings) -> list[Section]:
    """All lines of the document, divided into sections; none when it has no heading.

    A heading with nothing of its own before the next one is kept with that next one.
    """
    headings = list(_markdown(lines) if style is Headings.MARKDOWN else _restructured(lines))
    found: list[Section] = []
    above: list[Heading] = []
    first = 1
    title: str | None = None
    titles: tuple[str, ...] = ()
    body = 1
    for heading in headings:
        if any(line.strip() for line in lines[body - 1 : heading.line - 1]):
            found.append(Section(first, heading.line - 1, title, titles))
            first = heading.line
        while above and above[-1].level >= heading.level:
            above.pop()
        title, titles = heading.title, tuple(outer.title for outer in above)
        above.append(heading)
        body = heading.last_line + 1
    if headings:
        found.append(Section(first, len(lines), title, titles))
    return found


def _markdown(lines: Sequence[str]) -> Iterator[Heading]:
    """The headings outside of fenced code and front matter."""
    fence: str | None = None
    for number, line in _after_front_matter(lines):
        if fence is not None:
            if _closes(line, fence):
                fence = None
        elif match := _FENCE.match(line):
            fence = match[1]
        elif match := _ATX.match(line):
            text = line[match.end() :].strip()
            closed = text.rstrip("#")
            title = closed.rstrip() if closed != text and closed[-1:] in ("", " ", "\t") else text
            if title:
                yield Heading(number, number, len(match[1]), title)
        elif (match := _SETEXT.match(line)) and _is_short_paragraph(lines, number - 2):
            level = 1 if match[1][0] == "=" else 2
            yield Heading(number - 1, number, level, lines[number - 2].strip())


def _after_front_matter(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    start = 0
    if lines and lines[0].rstrip() == "---":
        ends = (number for number, line in enumerate(lines[1:], 2) if line.rstrip() in ("---", "..."))
        start = next(ends, 0)
    for number in range(start + 1, len(lines) + 1):
        yield number, lines[number - 1]


def _closes(line: str, fence: str) -> bool:
    text = line.strip()
    return len(text) >= len(fence) and set(text) == {fence[0]}


def _is_short_paragraph(lines: Sequence[str], index: int) -> bool:
    """True for a paragraph of one line: below a longer one, or below a list or a table, dashes are no underline."""
    if index < 0 or not lines[index].strip() or _NOT_A_PARAGRAPH.match(lines[index]):
        return False
    return index == 0 or not lines[index - 1].strip()


def _restructured(lines: Sequence[str]) -> Iterator[Heading]:
    """The headings, whose depth follows from the order in which their adornments first occur."""
    depths: dict[tuple[str, bool], int] = {}
    taken = 0
    for index in range(1, len(lines)):
        title = lines[index - 1].rstrip()
        match = _ADORNMENT.match(lines[index])
        if match is None or index - 1 < taken or not _is_title(title, lines[index]):
            continue
        over = index - 2 >= taken and lines[index - 2].rstrip() == lines[index].rstrip()
        if title[0].isspace() and not over:
            continue
        level = depths.setdefault((match[1], over), len(depths) + 1)
        taken = index + 1
        yield Heading(index - 1 if over else index, index + 1, level, title.strip())


def _is_title(title: str, underline: str) -> bool:
    return bool(title) and not _ADORNMENT.match(title) and len(underline.rstrip()) >= len(title)
