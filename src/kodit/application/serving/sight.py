"""What of the sources a caller sees."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace

from kodit.application.asking.where import Where
from kodit.application.unit_of_work import Storage
from kodit.domain.access.caller import Caller
from kodit.domain.access.scope import Scope
from kodit.domain.errors import NotFound, NothingIndexed


async def seen_among(
    caller: Caller,
    asked: Collection[str],
    there: Callable[[], Awaitable[Iterable[str]]],
    *,
    must_see: Callable[[str], None],
    nothing: Callable[[], NothingIndexed],
) -> Sequence[str]:
    """The names to ask; none means all, for a caller who sees all.

    `there` tells what there is: what a key names may be gone, or still to come. Raises what `must_see` raises for a
    name that does not exist for them, and `nothing` where none does.
    """
    for name in asked:
        must_see(name)
    if asked or caller.sources is None:
        return [*asked]
    seen = sorted(filter(caller.sees, await there()))
    if not seen:
        raise nothing()
    return seen


class Sight:
    """Narrows what is asked to the sources that exist for a caller.

    What they may not see is told of in the same words as what is not there.
    """

    def __init__(self, caller: Caller, storage: Callable[[], Storage]) -> None:
        self._caller = caller
        self._storage = storage

    @property
    def reaches_disk(self) -> bool:
        """Whether they may learn what lies on the server's disk, beside what is indexed."""
        return Scope.ADMIN in self._caller.scopes

    async def names(self, asked: Sequence[str]) -> Sequence[str]:
        """The sources to ask: see `seen_among`. Raises NotFound and NothingIndexed."""
        return await seen_among(self._caller, asked, self._there, must_see=self.must_see, nothing=_no_source)

    async def where(self, where: Where) -> Where:
        """The same part of the code, as far as they see it. Raises the same."""
        return replace(where, sources=tuple(await self.names(where.sources)))

    def must_see(self, name: str | None) -> None:
        """Raises NotFound for a source that does not exist for them, and for None unless they see all."""
        if self._caller.sources is not None and (name is None or not self._caller.sees(name)):
            raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")

    async def _there(self) -> Iterable[str]:
        async with self._storage().read() as unit:
            return [source.name for source in await unit.sources.all()]


def _no_source() -> NothingIndexed:
    return NothingIndexed("no source may be seen with this key", remedy="ask for a key that names sources")
