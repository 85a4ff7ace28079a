"""Searching packages as SQL, in statements that every database takes as they are.

They are text, and imports of SQLAlchemy are left to whoever carries them out: a search from the command line does
without, as importing it takes longer than searching.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kodit.domain.code.near_names import forgiven_slips
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.name_filter import NameFilter
from kodit.domain.nixpkgs.names import LONGEST, begin_alike
from kodit.domain.nixpkgs.nix_package import License, NixPackage
from kodit.domain.nixpkgs.package_query import PackageCandidate, PackageFilters, SearchedChannel
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.nix_rows import COLUMNS, stored_package

Rows = Callable[[str, Mapping[str, Any]], Awaitable[Sequence[tuple[Any, ...]]]]
"""Carries out a statement with named values (`:name`); the rows have what the driver makes of the columns."""

_CHANNELS = """
SELECT sources.id, sources.name, release_name, complete_as IS NOT NULL
FROM sources LEFT JOIN nix_channels ON index_id = sources.id WHERE sources.kind = 'nixpkgs-channel'
"""
_PASSING = "SELECT s.id FROM nix_packages p JOIN snippets s ON s.file_id = p.file_id WHERE {where}"
_NAMED = """
SELECT s.id FROM nix_names n JOIN nix_packages p ON p.file_id = n.file_id JOIN snippets s ON s.file_id = p.file_id
WHERE {named} AND {where} GROUP BY s.id, p.attr ORDER BY {order}, length(p.attr), s.id LIMIT :most
"""
_ALIKE = """
SELECT DISTINCT n.name FROM nix_names n
WHERE n.name >= :start AND n.name < :stop AND length(n.name) BETWEEN :shortest AND :longest AND {where}
"""
_CANDIDATES = """
SELECT s.id, p.index_id, attr, pname, version, description, long_description, main_program
FROM nix_packages p JOIN snippets s ON s.file_id = p.file_id WHERE {where}
"""
_PACKAGES = f"""
SELECT s.id, {", ".join(f"p.{name}" for name in COLUMNS)}
FROM nix_packages p JOIN snippets s ON s.file_id = p.file_id WHERE {{where}}
"""  # noqa: S608 - the columns are our own
_LISTS = "SELECT id, members FROM nix_lists l WHERE {where}"
_FILTERS = "SELECT f.index_id, filter FROM nix_name_filters f WHERE filter IS NOT NULL AND {where}"

_LAST_SIGN = "\U0010ffff"
"""Comes after all that a name may go on with."""

_BEGINNINGS = ("n.kind != 'part' AND length(n.name) <= length(:start) + 6", "n.kind != 'part'", "1 = 1")
"""What is looked at of the names that begin so, one after the other until enough are found: tens of thousands begin
with `python`, and the shortest are mostly enough."""
_BY_LENGTH = f"min(length(n.name) + CASE n.kind WHEN 'part' THEN {LONGEST} ELSE 0 END)"

_JSON = frozenset({"homepages", "maintainers", "outputs", "assigned_in", "implemented_in"})


@dataclass
class _Where:
    """Conditions that must all hold, with the values in them."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def is_one_of(self, column: str, wanted: Collection[Any]) -> str:
        """The condition that a column has one of some values."""
        names = [f"v{len(self.values) + at}" for at in range(len(wanted))]
        self.values.update(zip(names, wanted, strict=True))
        return f"{column} IN ({', '.join(f':{name}' for name in names)})" if names else "1 = 0"

    def of(self, table: str, index_ids: Collection[int]) -> "_Where":
        """With the condition that a row is of one of these indexes, if there are any."""
        if index_ids:
            # The sign keeps SQLite from going through all packages of an index where it could go by their names.
            self.conditions.append(self.is_one_of(f"+{table}.index_id", sorted(index_ids)))
        return self

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "1 = 1"


class SqlNixPackageSearch:
    """Implements NixPackageSearch, each call in statements of their own."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def channels(self) -> Sequence[SearchedChannel]:
        """See the port."""
        found = await self._rows(_CHANNELS, {})
        return sorted((_channel(*row) for row in found), key=lambda channel: channel.name)

    async def passing(self, filters: PackageFilters) -> Collection[int]:
        """See the port."""
        where = await self._where(filters)
        return frozenset(row[0] for row in await self._rows(_PASSING.format(where=where), where.values))

    async def called(self, names: Collection[str], filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """See the port."""
        where = await self._where(filters)
        named = f"n.kind != 'part' AND {where.is_one_of('n.name', sorted(names))}"
        return await self._named(named, where, "length(p.attr)", limit)

    async def with_parts(self, parts: Collection[str], filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """See the port."""
        where = await self._where(filters)
        named = f"n.kind = 'part' AND {where.is_one_of('n.name', sorted(parts))}"
        return await self._named(named, where, "-count(n.name)", limit)

    async def beginning(self, start: str, filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """See the port."""
        where = await self._where(filters)
        where.values |= {"start": start, "stop": start + _LAST_SIGN}
        found: Sequence[int] = ()
        for narrowing in _BEGINNINGS:
            named = f"n.name >= :start AND n.name < :stop AND {narrowing}"
            found = await self._named(named, where, _BY_LENGTH, limit)
            if len(found) == limit:
                break
        return found

    async def alike(self, name: str, index_ids: Collection[int], *, most: int, anyhow: bool = False) -> Sequence[str]:
        """See the port."""
        begins = [(start, start + _LAST_SIGN) for start in sorted({name[:1], name[1:2]})]
        likely = await self._alike(name, begins, index_ids)
        near = _nearest(name, [one for one in likely if begin_alike(name, one)], most)
        if near or not anyhow:
            return near
        return _nearest(name, await self._alike(name, [("", _LAST_SIGN)], index_ids), most)

    async def candidates(self, ids: Collection[int]) -> Mapping[int, PackageCandidate]:
        """See the port."""
        return {row[0]: _candidate(row) for row in await self._with_ids(_CANDIDATES, "s.id", ids)}

    async def packages(self, ids: Collection[int]) -> Mapping[int, NixPackage]:
        """See the port."""
        rows = [(row[0], _converted(row[1:])) for row in await self._with_ids(_PACKAGES, "s.id", ids)]
        at = (COLUMNS.index("licenses_id"), COLUMNS.index("platforms_id"))
        list_ids = {row[place] for _, row in rows for place in at} - {None}
        found = await self._with_ids(_LISTS, "l.id", list_ids)
        lists = {list_id: tuple(_read(members)) for list_id, members in found}
        return {snippet_id: stored_package(row, lists).package for snippet_id, row in rows}

    async def name_filters(self, index_ids: Collection[int]) -> Mapping[int, NameFilter]:
        """See the port."""
        rows = await self._with_ids(_FILTERS, "f.index_id", index_ids)
        read = {index_id: NameFilter.read(bytes(written)) for index_id, written in rows}
        return {index_id: made for index_id, made in read.items() if made is not None}

    async def licenses(self, index_ids: Collection[int]) -> Collection[License]:
        """See the port."""
        return {license for held in (await self._lists(index_ids))[0].values() for license in held}

    async def platforms(self, index_ids: Collection[int]) -> Collection[str]:
        """See the port."""
        return {platform for held in (await self._lists(index_ids))[1].values() for platform in held}

    async def _alike(self, name: str, ranges: Sequence[tuple[str, str]], index_ids: Collection[int]) -> Sequence[str]:
        """The names in these ranges that have as many letters as forgiven slips allow."""
        where = _Where().of("n", index_ids)
        slips = forgiven_slips(name)
        where.values |= {"shortest": len(name) - slips, "longest": len(name) + slips}
        found: set[str] = set()
        for start, stop in ranges:
            rows = await self._rows(_ALIKE.format(where=where), {**where.values, "start": start, "stop": stop})
            found.update(row[0] for row in rows)
        return sorted(found)

    async def _named(self, named: str, where: _Where, order: str, limit: int) -> Sequence[int]:
        statement = _NAMED.format(named=named, where=where, order=order)
        return [row[0] for row in await self._rows(statement, {**where.values, "most": limit})]

    async def _with_ids(self, statement: str, column: str, ids: Collection[int]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for batch in batches(sorted(ids)):
            where = _Where()
            where.conditions.append(where.is_one_of(column, batch))
            found += await self._rows(statement.format(where=where), where.values)
        return found

    async def _where(self, filters: PackageFilters) -> _Where:
        where = _Where().of("p", filters.index_ids)
        for name, wanted in filters.flags.items():
            where.conditions.append(f"p.{name}" if wanted else f"NOT p.{name}")
        if filters.licenses or filters.platforms:
            licenses, platforms = await self._lists(filters.index_ids)
        if filters.licenses:
            chosen = [list_id for list_id, held in licenses.items() if filters.accepts_licenses(held)]
            where.conditions.append(where.is_one_of("p.licenses_id", chosen))
        if filters.platforms:
            chosen = [list_id for list_id, held in platforms.items() if filters.accepts_platforms(held)]
            where.conditions.append(f"(p.platforms_id IS NULL OR {where.is_one_of('p.platforms_id', chosen)})")
        return where

    async def _lists(self, index_ids: Collection[int]) -> tuple[dict[int, list[License]], dict[int, list[str]]]:
        """The lists of licences and those of platforms, by their ids."""
        where = _Where().of("l", index_ids)
        licenses: dict[int, list[License]] = {}
        platforms: dict[int, list[str]] = {}
        for list_id, written in await self._rows(_LISTS.format(where=where), where.values):
            members = _read(written)
            if isinstance(members[0], str):
                platforms[list_id] = members
            else:
                licenses[list_id] = [License(*one) for one in members]
        return licenses, platforms


def _nearest(name: str, names: Sequence[str], most: int) -> Sequence[str]:
    """What `nearest_names` finds, by a library that compares a hundred thousand names in some milliseconds."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    near = extract(name, names, scorer=OSA.distance, score_cutoff=forgiven_slips(name), limit=None)
    return [found for _, found in sorted((distance, found) for found, distance, _ in near)[:most]]


def _read(written: Any) -> Any:
    """A value from JSON, which some drivers read themselves."""
    return json.loads(written) if isinstance(written, str) else written


def _converted(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A package's row with JSON read and flags that are True or False."""
    return tuple(
        _read(value) if name in _JSON else bool(value) if name.startswith("is_") else value
        for name, value in zip(COLUMNS, row, strict=True)
    )


def _channel(index_id: int, name: str, release: str | None, is_complete: Any) -> SearchedChannel:
    return SearchedChannel(index_id, name, release, bool(is_complete))


def _candidate(row: tuple[Any, ...]) -> PackageCandidate:
    snippet_id, index_id, attr, pname, version, description, long_description, main_program = row
    return PackageCandidate(
        id=snippet_id,
        index_id=index_id,
        attr=AttrPath.parse(attr),
        pname=pname,
        version=version,
        description=description,
        long_description=long_description,
        main_program=main_program,
    )
