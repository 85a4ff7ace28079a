"""One door to the working copies of every kind of source."""

from collections.abc import Mapping
from dataclasses import dataclass

from kodit.domain.sources.ports import WorkingCopies, WorkingCopy
from kodit.domain.sources.source import FILE_KINDS, Source, SourceKind


@dataclass(frozen=True, slots=True)
class WorkingCopiesByKind:
    """`WorkingCopies` for any source that is made of files: asks the implementation for its kind.

    Raises KeyError, when it is built, for such a kind without an implementation.
    """

    by_kind: Mapping[SourceKind, WorkingCopies]

    def __post_init__(self) -> None:
        for kind in FILE_KINDS:
            if kind not in self.by_kind:
                raise KeyError(kind)

    async def refresh(self, source: Source) -> WorkingCopy:
        """See `WorkingCopies.refresh`."""
        return await self.by_kind[source.kind].refresh(source)

    async def open(self, source: Source) -> WorkingCopy:
        """See `WorkingCopies.open`."""
        return await self.by_kind[source.kind].open(source)

    async def discard(self, source: Source) -> None:
        """See `WorkingCopies.discard`."""
        await self.by_kind[source.kind].discard(source)
