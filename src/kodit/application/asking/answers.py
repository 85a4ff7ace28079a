"""Answers to questions about code."""

from collections.abc import Sequence
from dataclasses import dataclass

from kodit.application.asking.rows import (
    FileEdge,
    FoundAlias,
    FoundFile,
    FoundImport,
    FoundReference,
    FoundSymbol,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Symbols; `more` is set when there are others beyond the limit."""

    symbols: Sequence[FoundSymbol]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """What a name, or what is named at a place, means.

    `references` are what stands at that place and is defined nowhere in the source: outside of it, or nobody can tell.
    `aliases` are the imports that make the name known, where nothing is defined by it: `symbols` are what these mean.
    `modules` are the files that a qualified name is the module of.
    `exact` is False when only upper and lower case had to be overlooked to find something.
    """

    asked: str
    symbols: Sequence[FoundSymbol]
    references: Sequence[FoundReference] = ()
    aliases: Sequence[FoundAlias] = ()
    modules: Sequence[FoundFile] = ()
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Where symbols are used.

    `references` mean one of them, or import the module that was asked for. `unresolved` bear the name, and nobody can
    tell what they mean. `outside` mean what is called so outside of their source; where a symbol has the name too, only
    as all of what it is called there.
    `aliases` are the imports that make the name known, where nothing is defined by it. `more` is set when there are
    others beyond the limit. `unlinked` counts the files whose references may mean something else by now.
    """

    asked: str
    symbols: Sequence[FoundSymbol]
    references: Sequence[FoundReference]
    unresolved: Sequence[FoundReference]
    outside: Sequence[FoundReference]
    more: bool
    unlinked: int
    aliases: Sequence[FoundAlias] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A name that is used within a symbol, and the symbol that it means, None where it means none of its source."""

    reference: FoundReference
    target: FoundSymbol | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What symbols use, and all that they enclose, by place. `more` and `unlinked` are as for `Uses`."""

    asked: str
    symbols: Sequence[FoundSymbol]
    calls: Sequence[Call]
    more: bool
    unlinked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFiles:
    """Files; `more` is set when there are others beyond the limit."""

    files: Sequence[FoundFile]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNeed:
    """Another file, and how one leads to the other."""

    file: FoundFile
    edge: FileEdge


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What a file needs: other files of its source, and by its `imports` also what is outside of it."""

    file: FoundFile
    needs: Sequence[FileNeed]
    imports: Sequence[FoundImport]
    unlinked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependents:
    """The files that need a file."""

    file: FoundFile
    needed_by: Sequence[FileNeed]
    unlinked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a change may reach. `distance` counts the steps to it, `line` is where it uses what the step before reached.

    `symbol` is None where a whole file is meant, or what stands outside of all its symbols.
    """

    distance: int
    file: FoundFile
    symbol: FoundSymbol | None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Who uses something, who uses those, and so on, the nearest first.

    It begins with `symbols`, or with `file`. `further` is set when the depth asked for was not enough to see all.
    `unresolved` is set when something bears the symbols' name of which nobody can tell what it means.
    """

    asked: str
    symbols: Sequence[FoundSymbol]
    file: FoundFile | None
    reached: Sequence[Reached]
    further: bool
    unresolved: bool
    unlinked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The symbols of a file, each before what it encloses."""

    file: FoundFile
    symbols: Sequence[FoundSymbol]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """A package or a file in a graph. `name` is a file's path."""

    id: int
    source: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    """One needs another.

    `imports` and `uses` count how often its files do the one and the other. `required` is set where its manifest names
    the other one; of files nothing is.
    """

    from_id: int
    to_id: int
    imports: int
    uses: int
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Who needs whom."""

    nodes: Sequence[GraphNode]
    edges: Sequence[GraphEdge]
