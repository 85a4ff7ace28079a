"""Which names are local to which functions, and of which type the certain ones are."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from tree_sitter import Node

from kodit.domain.code.definition import SEPARATOR
from kodit.infrastructure.treesitter.habits import Habits

_TYPE = "type "
"""Stands before names in the space of types, which a local value does not hide."""

Told = re.Pattern[bytes]
Captures = Mapping[str, Sequence[Node]]

_JOINT = re.compile(r"\s*(?:\.|::|\\)\s*")

DEEPEST = 64
"""Functions within functions; what is bound deeper counts as bound here, so that a search outwards is short."""

OUTSIDE = -1
"""The scope of what no function encloses."""


class Locals:
    """The names bound within functions.

    A name that is bound anywhere in a function is local in all of it, and in the functions within: blocks and the order
    of statements do not matter. So a name that is sometimes local and sometimes not counts as local.
    """

    def __init__(self, captures: Captures, source: bytes, habits: Habits, imported_at: frozenset[int]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._parents: list[int] = []
        self._bound: list[dict[str, int]] = []
        self._types: dict[tuple[int, str], str] = {}
        self._everywhere: set[str] = set()
        self.type_places = frozenset(node.start_byte for node in captures.get("type", ()))
        """The bytes where names of types stand."""
        self.outside: set[str] = set()
        """The names bound where no function or class encloses them."""
        classes = self._place(captures)
        self._bind(captures, source, imported_at)
        for place in classes:
            self._bound[place].clear()
        for captured in captures.get("global", ()):
            place, name = self._innermost(captured.start_byte), _text(captured, source)
            if place != OUTSIDE:
                self._bound[place].pop(name, None)
        for bound in self._bound:
            self._everywhere.update(bound)
        self._count_assigned(captures.get("assigned", ()), source)
        self._learn_types(captures.get("typed", ()), source, habits, habits.typed)
        self._learn_types(captures.get("made", ()), source, habits, habits.made)

    def scope_of(self, name: str, position: int, *, as_type: bool = False) -> int:
        """The function that binds the name as it is used at a byte, or OUTSIDE.

        A name that is used as that of a type is only bound by what binds types, where the language tells them apart.
        """
        if as_type and self.type_places:
            name = _TYPE + name
        if name not in self._everywhere:
            return OUTSIDE
        place = self._innermost(position)
        while place != OUTSIDE and name not in self._bound[place]:
            place = self._parents[place]
        return place

    def type_of(self, name: str, scope: int) -> str | None:
        """The type of a local, if it is certain: said where the name is bound, and the name is bound but once."""
        known = self._types.get((scope, name))
        return known if known is not None and scope != OUTSIDE and self._bound[scope].get(name) == 1 else None

    def _place(self, captures: Captures) -> list[int]:
        """Lay out the scopes by their starts; says which of them are classes."""
        found = [(node.start_byte, -node.end_byte, False) for node in captures.get("scope", ())]
        found += [(node.start_byte, -node.end_byte, True) for node in captures.get("class", ())]
        found.sort()
        classes: list[int] = []
        around: list[int] = []
        for start, end, is_class in found:
            while around and self._ends[around[-1]] <= start:
                around.pop()
            if len(around) >= DEEPEST:
                continue
            place = len(self._starts)
            self._starts.append(start)
            self._ends.append(-end)
            self._parents.append(around[-1] if around else OUTSIDE)
            self._bound.append({})
            around.append(place)
            if is_class:
                classes.append(place)
        return classes

    def _bind(self, captures: Captures, source: bytes, imported_at: frozenset[int]) -> None:
        for capture in ("local", "parameter", "outer"):
            for node in captures.get(capture, ()):
                start = node.start_byte
                if start in imported_at:
                    continue
                place = self._innermost(start)
                if capture == "outer" and place != OUTSIDE:
                    place = self._parents[place]
                name = _text(node, source)
                if place != OUTSIDE:
                    bound = self._bound[place]
                    bound[name] = bound.get(name, 0) + 1
                    if start in self.type_places:
                        bound[_TYPE + name] = 1
                elif capture != "parameter":
                    self.outside.add(name)

    def _count_assigned(self, nodes: Sequence[Node], source: bytes) -> None:
        """Give a local a new value where that binds no name: its type is certain no more."""
        for node in nodes:
            name = _text(node, source)
            place = self.scope_of(name, node.start_byte)
            if place != OUTSIDE:
                self._bound[place][name] += 1

    def _learn_types(self, nodes: Sequence[Node], source: bytes, habits: Habits, told_by: Sequence[Told]) -> None:
        for start, names, kind in _typed(nodes, source, told_by):
            if kind in habits.reserved or (habits.sigil and kind.startswith(habits.sigil)):
                continue
            for name in names.split(","):
                scope = self.scope_of(name.strip(), start)
                if scope != OUTSIDE:
                    self._types[scope, name.strip()] = kind

    def _innermost(self, position: int) -> int:
        place = bisect_right(self._starts, position) - 1
        while place != OUTSIDE and self._ends[place] <= position:
            place = self._parents[place]
        return place


def _typed(nodes: Sequence[Node], source: bytes, told_by: Sequence[Told]) -> Iterator[tuple[int, str, str]]:
    """Where locals of a certain type are named, their names, and the type's, with `SEPARATOR` in it."""
    for node in nodes:
        start, end = node.start_byte, node.end_byte
        found = next((found for told in told_by if (found := told.match(source, start, end))), None)
        if found is not None:
            kind = _JOINT.sub(SEPARATOR, found["type"].decode("utf-8", "replace"))
            yield found.start("name"), found["name"].decode("utf-8", "replace"), kind


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
