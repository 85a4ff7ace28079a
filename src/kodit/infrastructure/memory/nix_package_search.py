"""Packages in memory: what the port of searching promises, and no more."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kodit.domain.code.near_names import nearest_names
from kodit.domain.nixpkgs.name_filter import NameFilter
from kodit.domain.nixpkgs.names import LONGEST, NameKind, begin_alike, names_of
from kodit.domain.nixpkgs.nix_package import License, NixPackage
from kodit.domain.nixpkgs.package_query import PackageCandidate, PackageFilters, SearchedChannel


@dataclass(frozen=True, slots=True)
class HeldText:
    """A package, the channel that it is of, and the snippet that holds its text."""

    id: int
    index_id: int
    package: NixPackage


class MemoryNixPackageSearch:
    """Implements NixPackageSearch."""

    def __init__(self, channels: Sequence[SearchedChannel], held: Sequence[HeldText]) -> None:
        self._channels = channels
        self._held = {one.id: one for one in held}

    async def channels(self) -> Sequence[SearchedChannel]:
        """See the port."""
        return sorted(self._channels, key=lambda channel: channel.name)

    async def passing(self, filters: PackageFilters) -> Collection[int]:
        """See the port."""
        return {one.id for one in self._passing(filters)}

    async def called(self, names: Collection[str], filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """See the port."""
        return self._first(limit, filters, lambda one: 0 if set(names) & _whole(one.package) else None)

    async def with_parts(self, parts: Collection[str], filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """See the port."""
        return self._first(limit, filters, lambda one: -len(set(parts) & _parts(one.package)) or None)

    async def beginning(self, start: str, filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """See the port."""

        def length(one: HeldText) -> int | None:
            of_names = [len(name) for name in _whole(one.package) if name.startswith(start)]
            of_parts = [LONGEST + len(part) for part in _parts(one.package) if part.startswith(start)]
            return min(of_names + of_parts, default=None)

        return self._first(limit, filters, length)

    async def alike(self, name: str, index_ids: Collection[int], *, most: int, anyhow: bool = False) -> Sequence[str]:
        """See the port."""
        mine = [one.package for one in self._of(index_ids)]
        names = {name for one in mine for name in _whole(one) | _parts(one)}
        likely = [one for one in names if begin_alike(name, one)]
        return nearest_names(name, likely, most=most) or nearest_names(name, names if anyhow else (), most=most)

    async def candidates(self, ids: Collection[int]) -> Mapping[int, PackageCandidate]:
        """See the port."""
        return {each: _candidate(self._held[each]) for each in ids if each in self._held}

    async def packages(self, ids: Collection[int]) -> Mapping[int, NixPackage]:
        """See the port."""
        return {each: self._held[each].package for each in ids if each in self._held}

    async def name_filters(self, index_ids: Collection[int]) -> Mapping[int, NameFilter]:
        """See the port."""
        of = {index_id: [one.package for one in self._of([index_id])] for index_id in index_ids}
        return {index_id: NameFilter.of(set().union(*map(_whole, held))) for index_id, held in of.items() if held}

    async def licenses(self, index_ids: Collection[int]) -> Collection[License]:
        """See the port."""
        return {license for one in self._of(index_ids) for license in one.package.licenses}

    async def platforms(self, index_ids: Collection[int]) -> Collection[str]:
        """See the port."""
        return {platform for one in self._of(index_ids) for platform in one.package.platforms}

    def _of(self, index_ids: Collection[int]) -> Iterator[HeldText]:
        return (one for one in self._held.values() if not index_ids or one.index_id in index_ids)

    def _passing(self, filters: PackageFilters) -> Iterator[HeldText]:
        return (one for one in self._of(filters.index_ids) if filters.accepts(one.package))

    def _first(self, limit: int, filters: PackageFilters, order: Callable[[HeldText], int | None]) -> Sequence[int]:
        """The ids of those that have a place in the order, in it, then those with the shorter path, the lower id."""
        found = [
            (place, len(str(one.package.attr)), one.id)
            for one in self._passing(filters)
            if (place := order(one)) is not None
        ]
        return [each for *_, each in sorted(found)[:limit]]


def _whole(package: NixPackage) -> set[str]:
    return {name.name for name in names_of(package) if name.kind is not NameKind.PART}


def _parts(package: NixPackage) -> set[str]:
    return {name.name for name in names_of(package) if name.kind is NameKind.PART}


def _candidate(held: HeldText) -> PackageCandidate:
    package = held.package
    return PackageCandidate(
        id=held.id,
        index_id=held.index_id,
        attr=package.attr,
        pname=package.pname,
        version=package.version,
        description=package.description,
        long_description=package.long_description,
        main_program=package.main_program,
    )
