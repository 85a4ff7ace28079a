"""Questions about one package."""

from collections.abc import Collection, Mapping, Sequence

from kodit.application.nixpkgs.package_answers import FoundPackage, NameAnswer
from kodit.application.nixpkgs.searched import searched_channels
from kodit.domain.errors import NotFound
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.package_query import PackageCandidate, PackageFilters, SearchedChannel
from kodit.domain.nixpkgs.ports import NixPackageSearch

MOST_CALLED = 1_000
"""Packages of one name that are looked at."""
MOST_MEANT = 5
"""Names that are offered for one that there is none of."""


class PackageLookup:
    """Finds packages by their names alone."""

    def __init__(self, packages: NixPackageSearch) -> None:
        self._packages = packages

    async def channels(self) -> Sequence[SearchedChannel]:
        """Every channel, by name."""
        return await self._packages.channels()

    async def show(self, attr: str, *, channels: Collection[str] = ()) -> Sequence[FoundPackage]:
        """The packages at an attribute path, one of each channel that has it.

        Another case of its letters will do where none is exactly so. Raises NothingIndexed when there is no channel,
        NotFound for a channel that there is none of, InvalidInput for what is no attribute path, and NotFound, with
        names that may be meant, where there is no such package.
        """
        searched = await searched_channels(self._packages, channels)
        path = AttrPath.parse(attr)
        named = ".".join(path.parts).casefold()
        filters = PackageFilters(index_ids=frozenset(searched))
        found = await self._packages.candidates(await self._packages.called([named], filters, limit=MOST_CALLED))
        alike = [one for one in found.values() if ".".join(one.attr.parts).casefold() == named]
        same = [one for one in alike if one.attr == path] or alike
        if not same:
            raise await self._no_such(attr, named, found, searched)
        whole = await self._packages.packages([one.id for one in same])
        shown = [FoundPackage(searched[one.index_id], whole[one.id]) for one in same if one.id in whole]
        return sorted(shown, key=lambda one: (one.channel.name, one.package.attr))

    async def has(self, name: str, *, channels: Collection[str] = ()) -> NameAnswer:
        """Whether a package has this attribute path, last name of one, name or program, in any case of its letters.

        Raises NothingIndexed when there is no channel, NotFound for a channel that there is none of.
        """
        searched = await searched_channels(self._packages, channels)
        wanted = name.strip().casefold()
        known = await self._packages.name_filters(searched)
        unsure = frozenset(each for each in searched if each not in known or known[each].may_have(wanted))
        if not unsure:
            return NameAnswer(name, {}, by_filters=True)
        ids = await self._packages.called([wanted], PackageFilters(index_ids=unsure), limit=MOST_CALLED)
        found = await self._packages.candidates(ids)
        held: dict[str, list[str]] = {}
        for one in (found[each] for each in ids if each in found):
            held.setdefault(searched[one.index_id].name, []).append(str(one.attr))
        return NameAnswer(name, held)

    async def _no_such(
        self,
        attr: str,
        named: str,
        bearing: Mapping[int, PackageCandidate],
        searched: Mapping[int, SearchedChannel],
    ) -> NotFound:
        """An error with the attribute paths of packages that are called so, or nearly so."""
        meant = {str(one.attr) for one in bearing.values()}
        if not meant:
            near = await self._packages.alike(named, searched, most=MOST_MEANT, anyhow=True)
            filters = PackageFilters(index_ids=frozenset(searched))
            ids = await self._packages.called(near, filters, limit=MOST_MEANT) if near else ()
            meant = {str(one.attr) for one in (await self._packages.candidates(ids)).values()}
        offered = sorted(meant, key=lambda path: (path.count("."), len(path), path))[:MOST_MEANT]
        remedy = f"did you mean {', '.join(offered)}?" if offered else f"search: kodit nix search {attr}"
        return NotFound(f"there is no package {attr}", remedy=remedy)
