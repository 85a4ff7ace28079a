"""What a file uses and imports, by one query over its tree and one pass over its names.

A query in queries/references/ may capture:

- `@name`: every name, and the words for the object itself; always the node of one name, never a chain.
- `@call`, `@base`, `@use`: a name that is called, inherited from or used otherwise; any other is only read.
- `@spelled`: a name where there is no syntax: called if a parenthesis follows, otherwise a name with a capital letter.
- `@skip`: a name that is no reference where it stands: that of a definition, a label, a keyword argument.
- `@scope`: what has local names; `@class`: what has names that are neither local nor outside of everything.
- `@local`: a name that the innermost scope binds; `@outer`: one that the scope around that binds;
  `@parameter`: one that is nothing at all where no scope is around; `@global`: one that the scope does not bind.
- `@type`: a name of a type, which no local value hides.
- `@assigned`: a name that gets a new value where that binds nothing.
- `@typed`, `@made`: a declaration or assignment that may tell a local's type: see `Habits`.
- `@import`: an import whose names are nothing else; `@require`: an expression that imports;
  `@aside`: what else has names in it that are no references.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from operator import attrgetter, itemgetter

from tree_sitter import Node, QueryCursor

from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Import, Reference, ReferenceKind
from kodit.domain.code.symbol import Symbol, SymbolKind
from kodit.infrastructure.treesitter.grammars import query_of
from kodit.infrastructure.treesitter.habits import Habits, Taken
from kodit.infrastructure.treesitter.languages import HABITS
from kodit.infrastructure.treesitter.locals import Locals
from kodit.infrastructure.treesitter.names import Found, NameReader, Place, Vocabulary, roles_of

_TYPES = frozenset(
    {
        SymbolKind.MODULE,
        SymbolKind.CLASS,
        SymbolKind.STRUCT,
        SymbolKind.INTERFACE,
        SymbolKind.TRAIT,
        SymbolKind.ENUM,
        SymbolKind.TYPE,
    }
)

DEEPEST = 1000
"""Levels of the tree; what lies deeper is not read. The cost of a query grows with the square of the depth, and code
that people write has a few dozen levels, code that programs write a few hundred."""

_EXTENT = attrgetter("byte_range")

LINKED_LANGUAGES = frozenset(HABITS)
"""The languages whose references and imports are extracted."""


def used(
    language: str, root: Node, source: bytes, symbols: Sequence[Symbol]
) -> tuple[tuple[Reference, ...], tuple[Import, ...]]:
    """The references and imports of a tree by `grammars.tree_of`, each in the order of their places.

    `symbols` are what the file defines. Nothing for a language without a row in `languages.HABITS`.
    """
    habits = HABITS.get(language)
    if habits is None:
        return (), ()
    cursor = QueryCursor(query_of(language, "references"))
    cursor.set_max_start_depth(DEEPEST)
    captures = cursor.captures(root)
    imports, requires = (
        sorted(captures.get(capture, ()), key=attrgetter("start_byte")) for capture in ("import", "require")
    )
    taken = sorted(habits.imports(imports, requires, source), key=lambda one: one.imported.line)
    bound = Locals(captures, source, habits, frozenset(chain.from_iterable(one.bound_at for one in taken)))
    reader = NameReader(source, habits, _vocabulary(taken, symbols, bound, habits), bound)
    names = _outside(_places(captures.get("name", ())), _places([*imports, *captures.get("aside", ())]))
    found = list(reader.read(names, roles_of(captures, source)))
    for imported, names_taken, _ in taken:
        found += [Found(start, ReferenceKind.IMPORT, name, imported.module) for start, name in names_taken]
    found.sort(key=itemgetter(0))
    return _placed(found, source, symbols), tuple(one.imported for one in taken)


def _vocabulary(taken: Sequence[Taken], symbols: Sequence[Symbol], bound: Locals, habits: Habits) -> Vocabulary:
    bindings = [binding for one in taken for binding in one.imported.bindings]
    members = frozenset(symbol.name for symbol in symbols)
    outside = members if habits.members_bare else {symbol.name for symbol in symbols if symbol.parent is None}
    imported = {binding.local.partition(".")[0] for binding in bindings if binding.local != EVERYTHING}
    modules = {binding.local.partition(".")[0] for binding in bindings if binding.imported == WHOLE_MODULE}
    known = habits.roots.union(bound.outside, outside, imported)
    return Vocabulary(known, habits.roots.union(modules), members)


def _places(nodes: Iterable[Node]) -> list[Place]:
    return sorted(map(_EXTENT, nodes))


def _outside(names: list[Place], aside: Sequence[Place]) -> list[Place]:
    """The names that stand in none of these, all in order."""
    kept: list[Place] = []
    begin = 0
    for start, end in aside:
        kept += names[begin : bisect_left(names, (start,), begin)]
        begin = bisect_left(names, (end,), begin)
    return kept + names[begin:]


def _placed(found: Sequence[Found], source: bytes, symbols: Sequence[Symbol]) -> tuple[Reference, ...]:
    """The references by line and column, each within the innermost symbol around it."""
    starts = [0, *accumulate(length + 1 for length in map(len, source.split(b"\n")))]
    scopes = innermost(symbols, len(starts))
    narrow = source.isascii()
    references = []
    line, begin, column, counted = 0, 0, 0, 0
    for position, kind, name, qualifier in found:
        if line >= len(starts) or position >= starts[line]:
            line = bisect_right(starts, position, line)
            begin = counted = starts[line - 1]
            column = 0
        if narrow:
            column = position - begin
        else:
            column += len(source[counted:position].decode("utf-8", "replace"))
            counted = position
        scope = scopes[line]
        if kind is ReferenceKind.INHERITANCE:
            scope = _type_around(symbols, scope)
        references.append(Reference(kind, name, qualifier, line, column, scope))
    return tuple(references)


def innermost(symbols: Sequence[Symbol], lines: int) -> list[int | None]:
    """The place of the innermost symbol on each line, counted from 1.

    Where several share a line, it is the last that begins or goes on there. Of symbols on a single line nothing tells
    where they end: the outermost stands for what it encloses, and what encloses them all for several beside each other.
    """
    scopes: list[int | None] = [None] * (lines + 2)
    crowded: set[int] = set()
    for place, symbol in enumerate(symbols):
        start, end = symbol.start_line, min(symbol.end_line, lines)
        there = scopes[start]
        if start < end:
            scopes[start : end + 1] = [place] * (end + 1 - start)
        elif there in (symbol.parent, None) and not (there is not None and _is_single(symbols[there])):
            if start not in crowded:
                scopes[start] = place
        elif there is not None and _is_single(symbols[there]) and not _encloses(symbols, there, symbol):
            scopes[start] = symbol.parent
            crowded.add(start)
    return scopes


def _is_single(symbol: Symbol) -> bool:
    return symbol.start_line == symbol.end_line


def _encloses(symbols: Sequence[Symbol], place: int, symbol: Symbol) -> bool:
    above = symbol.parent
    while above is not None and above > place:
        above = symbols[above].parent
    return above == place


def _type_around(symbols: Sequence[Symbol], scope: int | None) -> int | None:
    """The innermost type or module around what is inherited, which may stand on the line of a member."""
    place = scope
    while place is not None and symbols[place].kind not in _TYPES:
        place = symbols[place].parent
    return place if place is not None else scope
