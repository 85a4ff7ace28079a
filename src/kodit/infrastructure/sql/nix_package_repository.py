"""Packages of channels as SQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import HeldPackage, PackageTally, StoredNixPackage
from kodit.domain.nixpkgs.names import names_of
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.name_filter_repository import SqlNameFilterRepository
from kodit.infrastructure.sql.nix_rows import COLUMNS, Members, digest_of, package_row, stored_package
from kodit.infrastructure.sql.nix_tables import nix_lists, nix_names, nix_packages
from kodit.infrastructure.sql.prepared import Prepared, one_of
from kodit.infrastructure.sql.tables import files

# A channel has a hundred thousand packages, with ten names each: rows are written and read without a step for a value.
_INSERT = Prepared(insert(nix_packages).values({name: bindparam(name) for name in COLUMNS}), COLUMNS)
_NAME_COLUMNS = ("file_id", "kind", "name", "index_id")
_NAMES = Prepared(insert(nix_names).values({name: bindparam(name) for name in _NAME_COLUMNS}), _NAME_COLUMNS)
_SELECT = select(*(nix_packages.c[name] for name in COLUMNS))
_OF_FILES = Prepared(_SELECT.where(one_of(nix_packages.c.file_id, "ids")))
_AFTER = Prepared(
    _SELECT.where(nix_packages.c.index_id == bindparam("source"), nix_packages.c.file_id > bindparam("last"))
    .order_by(nix_packages.c.file_id)
    .limit(bindparam("most", type_=Integer))
)
_AT = Prepared(_SELECT.where(nix_packages.c.index_id == bindparam("source"), nix_packages.c.attr == bindparam("path")))
_HELD = Prepared(
    select(nix_packages.c.attr, nix_packages.c.file_id, files.c.content_hash)
    .join(files, files.c.id == nix_packages.c.file_id)
    .where(nix_packages.c.index_id == bindparam("source"))
)
_LISTS = Prepared(select(nix_lists.c.id, nix_lists.c.members).where(one_of(nix_lists.c.id, "ids")))


class SqlNixPackageRepository:
    """Implements NixPackageRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def held(self, index_id: int) -> Mapping[str, HeldPackage]:
        """See the port."""
        rows = await _HELD.rows(self._connection, {"source": index_id})
        return {attr: HeldPackage(file_id, content_hash) for attr, file_id, content_hash in rows}

    async def save(self, index_id: int, packages: Mapping[int, NixPackage]) -> None:
        """See the port."""
        if not packages:
            return
        await SqlNameFilterRepository(self._connection).names_changed(index_id)
        list_ids = await self._list_ids(index_id, packages.values())
        for batch in batches(packages):
            await self._connection.execute(delete(nix_packages).where(nix_packages.c.file_id.in_(batch)))
        rows = [package_row(index_id, file_id, package, list_ids) for file_id, package in packages.items()]
        await _INSERT.each(self._connection, rows)
        names = [
            (file_id, name.kind, name.name, index_id)
            for file_id, package in packages.items()
            for name in names_of(package)
        ]
        if names:
            await _NAMES.each(self._connection, names)

    async def remove(self, index_id: int, file_ids: Collection[int]) -> None:
        """See the port."""
        await SqlNameFilterRepository(self._connection).names_changed(index_id)
        mine = nix_packages.c.index_id == index_id
        for batch in batches(sorted(file_ids)):
            await self._connection.execute(delete(nix_packages).where(mine, nix_packages.c.file_id.in_(batch)))

    async def tidy(self, index_id: int) -> None:
        """See the port."""
        of_licenses = select(1).where(nix_packages.c.licenses_id == nix_lists.c.id)
        of_platforms = select(1).where(nix_packages.c.platforms_id == nix_lists.c.id)
        used = or_(of_licenses.exists(), of_platforms.exists())
        await self._connection.execute(delete(nix_lists).where(nix_lists.c.index_id == index_id, ~used))

    async def get(self, index_id: int, attr: AttrPath) -> StoredNixPackage | None:
        """See the port."""
        found = await self._stored(await _AT.rows(self._connection, {"source": index_id, "path": str(attr)}))
        return found[0] if found else None

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, StoredNixPackage]:
        """See the port."""
        found = await self._stored(await _OF_FILES.rows(self._connection, {"ids": sorted(file_ids)}))
        return {stored.file_id: stored for stored in found}

    async def after(self, index_id: int, file_id: int, *, limit: int) -> Sequence[StoredNixPackage]:
        """See the port."""
        page = {"source": index_id, "last": file_id, "most": limit}
        return await self._stored(await _AFTER.rows(self._connection, page))

    async def tally(self, index_id: int) -> PackageTally:
        """See the port."""
        mine = nix_packages.c.index_id == index_id
        total = await self._connection.scalar(select(func.count()).select_from(nix_packages).where(mine)) or 0
        at_top = select(func.count()).select_from(nix_packages).where(mine, nix_packages.c.depth == 1)
        top_level = await self._connection.scalar(at_top) or 0
        return PackageTally(top_level, total - top_level)

    async def _stored(self, rows: Sequence[tuple[Any, ...]]) -> list[StoredNixPackage]:
        at = (COLUMNS.index("licenses_id"), COLUMNS.index("platforms_id"))
        ids = {row[place] for row in rows for place in at} - {None}
        found = await _LISTS.rows(self._connection, {"ids": sorted(ids)}) if ids else []
        lists = {list_id: tuple(members) for list_id, members in found}
        return [stored_package(row, lists) for row in rows]

    async def _list_ids(self, index_id: int, packages: Iterable[NixPackage]) -> Mapping[Members, int]:
        """The ids of the lists that these packages have, added where they are new."""
        wanted = {members for package in packages for members in (package.licenses, package.platforms) if members}
        digests = {digest_of(members): members for members in wanted}
        ids = await self._known_lists(index_id, digests)
        new = [
            {"index_id": index_id, "digest": digest, "members": list(members)}
            for digest, members in digests.items()
            if members not in ids
        ]
        if not new:
            return ids
        await self._connection.execute(insert_for(self._connection, nix_lists).on_conflict_do_nothing(), new)
        return await self._known_lists(index_id, digests)

    async def _known_lists(self, index_id: int, digests: Mapping[str, Members]) -> dict[Members, int]:
        ids = {}
        for batch in batches(sorted(digests)):
            mine = select(nix_lists.c.id, nix_lists.c.digest).where(nix_lists.c.index_id == index_id)
            for list_id, digest in await self._connection.execute(mine.where(nix_lists.c.digest.in_(batch))):
                ids[digests[digest]] = list_id
        return ids
