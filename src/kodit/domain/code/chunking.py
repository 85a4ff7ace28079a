"""How a file is cut into snippets: pure rules, in linear time, that lose no line.

Every line of a text lies in at least one snippet, and a snippet's content is exactly its lines. Definitions come with
the comments and attributes above them; what lies between definitions makes blocks; blank lines and closing brackets
stay with what stands before them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kodit.domain.code.definition import CONTAINERS, Node, ParsedFile, nested
from kodit.domain.code.headings import sections
from kodit.domain.code.language import Headings, language_named
from kodit.domain.code.lines import lines_of
from kodit.domain.code.page import WINDOW_LINES, Page
from kodit.domain.code.snippet import Snippet, SnippetKind, content_hash

FUNCTION_LINES = 120
"""A longer function is cut into windows, each with its symbol."""

WHOLE_CLASS_LINES = WINDOW_LINES
"""A class up to this long is a snippet as a whole, besides its methods; of a longer one only the lines between its
methods are."""

HEADER_LINES = 3
HEADER_WIDTH = 200

REMARK_LINES = 6
"""A comment up to this long, though blank lines part it from the member below, still says something about it, and too
little by itself. At the head of a file it speaks of the file."""

CROWDED_LINE = 400
"""Characters. Of several definitions on one line longer than this, only the first is a snippet: the content of each
would be the whole line."""


class Piece(NamedTuple):
    """A snippet to be: a range of lines and what it is."""

    first: int
    last: int
    kind: SnippetKind
    symbol: str | None = None
    header: str | None = None


class _Slice(NamedTuple):
    """A range of lines that belongs to one member, or to none."""

    first: int
    last: int
    node: Node | None = None


def snippets_of(path: str, language: str, text: str, parsed: ParsedFile | None = None) -> tuple[Snippet, ...]:
    """The snippets of a text in the order they begin, a class before its methods.

    `text` has normalised line ends. `parsed` is None where the language has no grammar. A text of nothing but white
    space has no snippets.
    """
    if not text.strip():
        return ()
    page = Page(text)
    row = language_named(language)
    if row is not None and row.headings is not None:
        pieces = _document(page, text, row.headings)
    elif parsed is None or not parsed.definitions:
        kind = SnippetKind.WINDOW if parsed is None else SnippetKind.BLOCK
        pieces = _windows(page, Piece(1, len(page), kind))
    else:
        pieces = _Code(page, parsed).pieces()
    ordered = sorted(dict.fromkeys(pieces), key=lambda piece: (piece.first, -piece.last))
    return tuple(_snippet(page, path, language, piece) for piece in ordered)


def _snippet(page: Page, path: str, language: str, piece: Piece) -> Snippet:
    content = page.text(piece.first, piece.last)
    return Snippet(
        path=path,
        start_line=piece.first,
        end_line=piece.last,
        kind=piece.kind,
        language=language,
        content=content,
        content_hash=content_hash(path, content, symbol=piece.symbol, header=piece.header),
        symbol=piece.symbol,
        header=piece.header,
    )


def _windows(page: Page, piece: Piece, continued: str | None = None) -> Iterator[Piece]:
    """The piece in windows; `continued` is the header of all but the first, unless it is None."""
    header = piece.header
    for first, last in page.windows(piece.first, piece.last):
        yield Piece(first, last, piece.kind, piece.symbol, header)
        header = continued or piece.header


def _document(page: Page, text: str, style: Headings) -> Iterator[Piece]:
    """One piece for each section; windows when there is no heading."""
    found = sections(lines_of(text), style)
    if not found:
        yield from _windows(page, Piece(1, len(page), SnippetKind.WINDOW))
    for section in found:
        kind = SnippetKind.BLOCK if section.title is None else SnippetKind.SECTION
        above = "\n".join(section.above) or None
        within = _joined(above, section.title)
        yield from _windows(page, Piece(section.first, section.last, kind, section.title, above), within)


def _joined(outer: str | None, inner: str | None) -> str | None:
    return f"{outer}\n{inner}" if outer and inner else outer or inner


class _Code:
    """The cutting of one parsed file."""

    __slots__ = ("_comments", "_page", "_parsed")

    def __init__(self, page: Page, parsed: ParsedFile) -> None:
        self._page = page
        self._parsed = parsed
        self._comments = frozenset(parsed.leading.values())

    def pieces(self) -> Iterator[Piece]:
        for part in self._slices(nested(self._parsed.definitions), 1, len(self._page)):
            if part.node is None:
                yield from _windows(self._page, Piece(part.first, part.last, SnippetKind.BLOCK))
            else:
                yield from self._definition(part.node, part.first, part.last, None)

    def _slices(self, nodes: Sequence[Node], first: int, last: int) -> list[_Slice]:
        """The range divided among the nodes and what lies between them.

        What says nothing by itself is joined to the member before it, or else to the one after it.
        """
        found: list[_Slice] = []
        cursor = first
        for node in nodes:
            start, end = self._extent(node, cursor, last)
            if self._page.is_blank(start, end) or (end < cursor and self._is_crowded(end)):
                continue
            if start > cursor:
                start = self._fill(found, cursor, start - 1, start)
            found.append(_Slice(start, end, node))
            cursor = max(cursor, end + 1)
        if cursor <= last:
            self._fill(found, cursor, last, None)
        return found

    def _fill(self, found: list[_Slice], first: int, last: int, following: int | None) -> int:
        """Give a gap its place; the answer is where the following member now begins."""
        speaks = first
        while speaks <= last and self._page.is_trivial(speaks):
            speaks += 1
        if speaks > last and not found and following is not None:
            return first
        if found and speaks > first:
            found[-1] = _Slice(found[-1].first, speaks - 1, found[-1].node)
            first = speaks
        if following is not None and first > 1 and self._is_remark(first, last):
            return first
        if first <= last:
            found.append(_Slice(first, last))
        return following or last

    def _is_remark(self, first: int, last: int) -> bool:
        """True for a few lines of nothing but comments."""
        line = last if last - first < REMARK_LINES else 0
        while line >= first:
            begin = line if self._page.is_blank(line, line) else self._parsed.leading.get(line, 0)
            if not first <= begin <= line:
                return False
            line = begin - 1
        return line == first - 1

    def _extent(self, node: Node, cursor: int, last: int) -> tuple[int, int]:
        """The node's lines within the range, with the comments above it."""
        definition = node.definition
        start = min(max(definition.start[0], 1), last)
        end = min(max(definition.end[0], start), last)
        while self._parsed.leading.get(start - 1, start) < start and self._parsed.leading[start - 1] >= cursor:
            start = self._parsed.leading[start - 1]
        return start, end

    def _is_crowded(self, line: int) -> bool:
        return len(self._page.line(line)) > CROWDED_LINE

    def _definition(self, node: Node, first: int, last: int, header: str | None) -> Iterator[Piece]:
        within = _joined(header, self._header(node, last))
        piece = Piece(first, last, node.kind, node.symbol, header)
        if node.kind in CONTAINERS:
            yield from self._container(node, piece, within)
        elif self._page.fits(first, last, FUNCTION_LINES):
            yield piece
        else:
            yield from _windows(self._page, piece, within)

    def _container(self, node: Node, piece: Piece, within: str | None) -> Iterator[Piece]:
        whole = node.kind is not SnippetKind.MODULE and self._page.fits(piece.first, piece.last, WHOLE_CLASS_LINES)
        if whole:
            yield piece
        else:
            yield from self._remains(node, piece, within)
        for part in self._slices(node.members, piece.first, piece.last):
            if part.node is not None:
                # Within a class that is a snippet itself, a method need not take the blank lines below it.
                definition = part.node.definition
                ends = max(definition.start[0], definition.end[0], part.first)
                last = min(ends, part.last) if whole else part.last
                yield from self._definition(part.node, part.first, last, within)

    def _remains(self, node: Node, piece: Piece, within: str | None) -> Iterator[Piece]:
        """A container without its members: its header, its documentation, its fields."""
        parts = self._slices(node.members, piece.first, piece.last)
        if not parts or parts[0].node is not None:
            # A member begins on the header's own line: the symbol still needs a snippet.
            last = min(max(piece.first, node.definition.head_line), piece.last)
            while self._page.is_blank(piece.first, last):
                last += 1
            yield Piece(piece.first, last, node.kind, node.symbol, piece.header)
        for part in parts:
            if part.node is None:
                header = piece.header if part.first == piece.first else within
                yield from _windows(self._page, Piece(part.first, part.last, node.kind, node.symbol, header), within)

    def _header(self, node: Node, last: int) -> str | None:
        """The lines from the name to where the body begins."""
        definition = node.definition
        first = min(max(definition.head_line, 1), last)
        end = first
        if definition.body is not None:
            line, column = definition.body
            end = line if self._page.line(min(max(line, 1), last))[:column].strip() else line - 1
        end = min(max(first, end), last, first + HEADER_LINES - 1)
        shown = []
        for line in range(first, end + 1):
            if line in self._comments:
                break
            shown.append(self._page.line(line).strip()[:HEADER_WIDTH].rstrip())
        return "\n".join(line for line in shown if line) or None
