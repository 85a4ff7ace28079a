"""Names that imports make known: what they stand for."""

from collections.abc import Collection, Mapping, Sequence

from kodit.application.asking.ports import CodeGraph
from kodit.application.asking.rows import FoundAlias, FoundSymbol
from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.symbol_pattern import is_called
from kodit.domain.search.query import Filters

Roots = Mapping[str, Collection[str]]
"""What the directory of each source is called, by the source's name."""


async def through_aliases(
    graph: CodeGraph, name: str, bearing: Sequence[FoundSymbol], filters: Filters, roots: Roots
) -> tuple[Sequence[FoundSymbol], Sequence[FoundAlias]]:
    """What is known by a name only because it is imported, and the imports that say so; nothing for any other name.

    `name` may be qualified by the module with the import: `package.alias`. Behind the alias there may be more:
    `package.Alias.method`, where `bearing` has the symbols that are called `method`.
    """
    parts = name.split(SEPARATOR)
    for length in range(len(parts), 0, -1):
        rest = SEPARATOR.join(parts[length:])
        if rest and not bearing:
            continue
        aliases = [alias for alias in await _known_as(graph, parts[:length], filters, roots) if _leads(alias)]
        targets = await graph.symbols_with_ids({alias.target_id for alias in aliases if alias.target_id is not None})
        if not rest and aliases:
            return sorted(targets.values(), key=_place), aliases
        members = [one for one in bearing if any(_holds(alias, targets, one, rest) for alias in aliases)]
        if members:
            return members, [alias for alias in aliases if any(_holds(alias, targets, one, rest) for one in members)]
    return (), ()


async def _known_as(graph: CodeGraph, parts: Sequence[str], filters: Filters, roots: Roots) -> Sequence[FoundAlias]:
    local = parts[-1]
    name = SEPARATOR.join(parts)
    found = await graph.aliases(local, filters) if local else ()
    return [alias for alias in found if is_called(name, local, alias.path, roots.get(alias.source, ()))]


def _leads(alias: FoundAlias) -> bool:
    return alias.target_id is not None or alias.leads_to is not None or alias.external is not None


def _holds(alias: FoundAlias, targets: Mapping[int, FoundSymbol], member: FoundSymbol, rest: str) -> bool:
    """Whether a symbol is what stands behind an alias and a dot."""
    target = targets.get(alias.target_id or 0)
    if target is not None:
        whole = f"{target.qualified_name}{SEPARATOR}{rest}"
        return member.file_id == target.file_id and member.qualified_name == whole
    return (member.source, member.path, member.qualified_name) == (alias.source, alias.leads_to, rest)


def _place(symbol: FoundSymbol) -> tuple[str, str, int]:
    return symbol.source, symbol.path, symbol.start_line
