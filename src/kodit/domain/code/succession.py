"""Which of a file's new symbols are those that it had."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kodit.domain.code.symbol import Symbol, SymbolKind


class KnownSymbol(NamedTuple):
    """What a stored symbol is recognised by."""

    id: int
    qualified_name: str
    kind: SymbolKind


def succession(known: Iterable[KnownSymbol], fresh: Sequence[Symbol]) -> list[int | None]:
    """For each of a file's new symbols the id that it takes over, None for one that was not there.

    `known` are the symbols that the file had, in order. Of several with the same qualified name and kind, the first
    succeeds to the first, the second to the second.
    """
    free: defaultdict[tuple[str, SymbolKind], list[int]] = defaultdict(list)
    for symbol in known:
        free[symbol.qualified_name, symbol.kind].append(symbol.id)
    taken = {key: iter(ids) for key, ids in free.items()}
    return [next(taken.get((symbol.qualified_name, symbol.kind), iter(())), None) for symbol in fresh]
