"""Releases in memory: what the port promises, and no more."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from kodit.domain.errors import NotFound
from kodit.domain.nixpkgs.release import Release, ReleaseForm
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, Walk


class MemoryReleases:
    """Implements Releases over lists, by location; each location has a new release whenever its list is another."""

    def __init__(self, lists: Mapping[str, Sequence[Evaluated]]) -> None:
        self._lists = lists

    async def resolve(self, location: str) -> Release:
        """See the port."""
        if location not in self._lists:
            raise NotFound(f"there is no release at {location}")
        return Release(id=f"{hash(repr(self._lists[location])):x}", form=ReleaseForm.LIST, path=location)

    async def read(self, release: Release, walk: Walk) -> AsyncGenerator[Evaluated, None]:
        """See the port."""
        listed = {entry.attr: entry for entry in self._lists[release.path]}
        for entry in listed.values():
            if not walk.attributes or entry.attr in walk.attributes:
                yield entry
        for attr in walk.attributes:
            if attr not in listed:
                yield EvaluationFailure(attr, "there is no such attribute")

    async def discard(self, location: str) -> None:
        """See the port."""
