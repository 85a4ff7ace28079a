"""Who uses something."""

from collections.abc import Collection, Sequence

from kodit.application.asking.answers import Definitions, Uses
from kodit.application.asking.naming import place_in, without_blocks
from kodit.application.asking.ports import CodeGraph
from kodit.application.asking.rows import FoundReference
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol_pattern import dotted
from kodit.domain.search.query import Filters

FARTHEST = 3
"""Meanings of one alias that are followed out of the sources."""


async def uses(
    graph: CodeGraph, meant: Definitions, kinds: Collection[ReferenceKind], filters: Filters, *, limit: int
) -> Uses:
    """Where the symbols are used that a name means, what else bears the name, and what is called so elsewhere."""
    asked = meant.asked
    name = meant.symbols[0].name if meant.symbols else _last(asked, meant.references)
    ids = [symbol.id for symbol in meant.symbols]
    found = await graph.references_to(ids, kinds, filters, limit=limit + 1) if ids else ()
    if meant.modules and (not kinds or ReferenceKind.IMPORT in kinds):
        found = await graph.importing([file.id for file in meant.modules], filters, limit=limit + 1)
    unresolved = await _unresolved(graph, name, kinds, filters, limit=limit + 1)
    outside: list[FoundReference] = []
    for called in _called_outside(meant):
        outside += await graph.outside(called, kinds, filters, limit=limit + 1)
    if not ids:
        bearing = await graph.naming(name, kinds, filters, outside=True, limit=limit + 1)
        outside += [one for one in bearing if _is_outside(one, asked, meant.references)]
        unresolved = [one for one in unresolved if _is_written_so(one, asked)]
    apart = sorted({_place(one): one for one in outside}.items())
    return Uses(
        asked=asked,
        symbols=without_blocks(meant.symbols),
        references=found[:limit],
        unresolved=unresolved[:limit],
        outside=[one for _, one in apart[:limit]],
        more=any(len(some) > limit for some in (found, unresolved, apart)),
        unlinked=await graph.unlinked(filters.index_ids),
        aliases=meant.aliases,
    )


async def _unresolved(
    graph: CodeGraph, name: str, kinds: Collection[ReferenceKind], filters: Filters, *, limit: int
) -> Sequence[FoundReference]:
    """What bears a name and means nothing that anybody can tell: a module that is imported by it means its file."""
    found = await graph.naming(name, kinds, filters, outside=False, limit=limit)
    if all(one.qualifier and one.kind is not ReferenceKind.IMPORT for one in found):
        return found
    aliases = await graph.aliases(name, filters)
    modules = {(alias.source, alias.path) for alias in aliases if alias.leads_to is not None}
    return [
        one
        for one in found
        if (one.qualifier and one.kind is not ReferenceKind.IMPORT) or (one.source, one.path) not in modules
    ]


def _called_outside(meant: Definitions) -> Sequence[str]:
    """What may be asked for outside of the sources: what an alias stands for, or what was typed."""
    if place_in(meant.asked) is not None:
        return ()
    told = dict.fromkeys(alias.external for alias in meant.aliases if alias.external is not None)
    name = dotted(meant.asked)
    return list(told)[:FARTHEST] or ([name] if name else [])


def _place(reference: FoundReference) -> tuple[str, str, int, int]:
    return reference.source, reference.path, reference.line, reference.column


def _last(asked: str, standing: Sequence[FoundReference]) -> str:
    return standing[0].name if standing else dotted(asked).rpartition(".")[2]


def _is_outside(found: FoundReference, asked: str, standing: Sequence[FoundReference]) -> bool:
    """Whether what a reference means outside of its source may be what was asked for."""
    if standing:
        return found.external in {one.external for one in standing}
    name = dotted(asked)
    told = f".{dotted(found.external or '')}"
    return "." not in name or told.endswith((f".{name}", f"/{name}"))


def _is_written_so(found: FoundReference, asked: str) -> bool:
    """Whether an unresolved reference may be what was asked for: of a qualified name, all of it is written there."""
    name = dotted(asked)
    return (
        place_in(asked) is not None
        or "." not in name
        or f".{dotted(found.qualifier)}.{found.name}".endswith(f".{name}")
    )
