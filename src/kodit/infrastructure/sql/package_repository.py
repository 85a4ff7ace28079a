"""Packages as SQL."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.sources.file import FileStatus
from kodit.domain.sources.manifest import StoredManifest
from kodit.domain.sources.ownership import key_order
from kodit.domain.sources.package import (
    OwnedFile,
    Package,
    PackageChanges,
    PackageKey,
    PackageOutline,
    PackageRequirement,
    StoredPackage,
)
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.code_tables import manifests, package_files, package_requirements, packages
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.manifest_rows import manifest_row, stored_manifest
from kodit.infrastructure.sql.prepared import Prepared, one_of
from kodit.infrastructure.sql.tables import files

_COLUMNS = ("path", "kind", "name", "version", "description", "manifest", "manifest_hash")
_UPDATE = (
    update(packages)
    .where(packages.c.id == bindparam("changed"))
    .values({name: bindparam(f"new_{name}") for name in (*_COLUMNS, "source_hash")})
)
_EXTRACTED = (
    update(packages).where(packages.c.id == bindparam("extracted")).values(source_hash=bindparam("new_source_hash"))
)

_OUTLINES = Prepared(
    select(packages.c.id, packages.c.path, packages.c.kind, packages.c.name, packages.c.source_hash).where(
        packages.c.index_id == bindparam("source")
    )
)
_PRESENT = select(files.c.id, files.c.path, files.c.size, files.c.content_hash, package_files.c.package_id).where(
    files.c.status != FileStatus.DELETED
)
_is_owner = package_files.c.file_id == files.c.id
_FILES = Prepared(_PRESENT.outerjoin(package_files, _is_owner).where(files.c.index_id == bindparam("source")))
_FILES_OF = Prepared(_PRESENT.join(package_files, _is_owner).where(one_of(package_files.c.package_id, "packages")))
_OWNERS = Prepared(
    select(package_files.c.file_id, package_files.c.package_id).where(one_of(package_files.c.file_id, "files"))
)
# A package without files is one all the same.
_OWNED = (
    select(packages.c.id, files.c.id, files.c.index_id, files.c.path)
    .outerjoin(package_files, package_files.c.package_id == packages.c.id)
    .outerjoin(files, and_(files.c.id == package_files.c.file_id, files.c.status != FileStatus.DELETED))
)
_PATH_OF = attrgetter("path")


class SqlPackageRepository:
    """Implements PackageRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, index_id: int) -> Sequence[StoredPackage]:
        """See the port."""
        rows = (await self._connection.execute(select(packages).where(packages.c.index_id == index_id))).all()
        keys = {row.id: PackageKey(row.path, row.kind) for row in rows}
        required = await self._requirements(index_id, keys)
        found = [_stored(row, required.get(row.id, ())) for row in rows]
        return sorted(found, key=lambda stored: key_order(stored.package.key))

    async def apply(self, index_id: int, changes: PackageChanges) -> None:
        """See the port."""
        for batch in batches(changes.remove):
            await self._connection.execute(delete(packages).where(packages.c.id.in_(batch)))
        updated = [_updated(stored) for stored in changes.update]
        if updated:
            await self._connection.execute(_UPDATE, updated)
            for batch in batches(stored.id for stored in changes.update):
                its = package_requirements.c.package_id.in_(batch)
                await self._connection.execute(delete(package_requirements).where(its))
        added = [{**_columns(package), "index_id": index_id} for package in changes.add]
        if added:
            await self._connection.execute(insert(packages), added)
        await self._require(index_id, [*changes.add, *(stored.package for stored in changes.update)])

    async def outlines(self, index_id: int) -> Sequence[PackageOutline]:
        """See the port."""
        rows = await _OUTLINES.rows(self._connection, {"source": index_id})
        return sorted(map(PackageOutline._make, rows), key=lambda outline: key_order(outline.key))

    async def files(self, index_id: int) -> Sequence[OwnedFile]:
        """See the port."""
        rows = await _FILES.rows(self._connection, {"source": index_id})
        return sorted(map(OwnedFile._make, rows), key=_PATH_OF)

    async def files_of(self, package_ids: Collection[int]) -> Sequence[OwnedFile]:
        """See the port."""
        rows = await _FILES_OF.rows(self._connection, {"packages": sorted(package_ids)})
        return sorted(map(OwnedFile._make, rows), key=_PATH_OF)

    async def owners(self, file_ids: Collection[int]) -> Mapping[int, int]:
        """See the port."""
        return {row[0]: row[1] for row in await _OWNERS.rows(self._connection, {"files": sorted(file_ids)})}

    async def owned(
        self, names: Collection[str], *, index_ids: Collection[int]
    ) -> Mapping[str, Mapping[int, tuple[int, str]]]:
        """See the port."""
        found: dict[str, dict[int, tuple[int, str]]] = {}
        for asked in names:
            statement = _OWNED.where(or_(packages.c.name == asked, packages.c.path == asked))
            if index_ids:
                statement = statement.where(packages.c.index_id.in_(sorted(index_ids)))
            for _, file_id, index_id, path in await self._connection.execute(statement):
                held = found.setdefault(asked, {})
                if file_id is not None:
                    held[file_id] = (index_id, path)
        return found

    async def own(self, owners: Mapping[int, int | None]) -> None:
        """See the port."""
        for batch in batches(file_id for file_id, owner in owners.items() if owner is None):
            await self._connection.execute(delete(package_files).where(package_files.c.file_id.in_(batch)))
        statement = insert_for(self._connection, package_files)
        upsert = statement.on_conflict_do_update(
            index_elements=["file_id"], set_={"package_id": statement.excluded.package_id}
        )
        rows = [{"file_id": file, "package_id": owner} for file, owner in owners.items() if owner is not None]
        if rows:
            await self._connection.execute(upsert, rows)

    async def extracted(self, source_hashes: Mapping[int, str]) -> None:
        """See the port."""
        rows = [{"extracted": package, "new_source_hash": value} for package, value in source_hashes.items()]
        if rows:
            await self._connection.execute(_EXTRACTED, rows)

    async def manifests(self, index_id: int) -> Mapping[str, StoredManifest]:
        """See the port."""
        found = await self._connection.execute(select(manifests).where(manifests.c.index_id == index_id))
        return {row.path: stored_manifest(row) for row in found}

    async def has_other(self, index_id: int, read_as: int) -> bool:
        """See the port."""
        other = select(manifests.c.path).where(manifests.c.index_id == index_id, manifests.c.read_as != read_as)
        return await self._connection.scalar(other.limit(1)) is not None

    async def save_manifests(self, index_id: int, read: Iterable[StoredManifest]) -> None:
        """See the port."""
        statement = insert_for(self._connection, manifests)
        replaced = {name: statement.excluded[name] for name in ("content_hash", "read_as", "facts", "problem")}
        upsert = statement.on_conflict_do_update(index_elements=["index_id", "path"], set_=replaced)
        for batch in batches(read):
            await self._connection.execute(upsert, [manifest_row(index_id, stored) for stored in batch])

    async def forget_manifests(self, index_id: int, paths: Collection[str]) -> None:
        """See the port."""
        for batch in batches(sorted(paths)):
            gone = manifests.c.path.in_(batch)
            await self._connection.execute(delete(manifests).where(manifests.c.index_id == index_id, gone))

    async def _requirements(
        self, index_id: int, keys: Mapping[int, PackageKey]
    ) -> Mapping[int, Sequence[PackageRequirement]]:
        statement = (
            select(package_requirements)
            .join(packages, packages.c.id == package_requirements.c.package_id)
            .where(packages.c.index_id == index_id)
            .order_by(package_requirements.c.id)
        )
        found: defaultdict[int, list[PackageRequirement]] = defaultdict(list)
        for row in await self._connection.execute(statement):
            required = PackageRequirement(row.name, row.requirement, row.scope, keys.get(row.target_id))
            found[row.package_id].append(required)
        return found

    async def _require(self, index_id: int, changed: Sequence[Package]) -> None:
        """Store the requirements of packages that have none yet."""
        if not changed:
            return
        statement = select(packages.c.id, packages.c.path, packages.c.kind).where(packages.c.index_id == index_id)
        found = await self._connection.execute(statement)
        ids = {PackageKey(row.path, row.kind): row.id for row in found}
        rows = [
            {
                "package_id": ids[package.key],
                "name": one.name,
                "requirement": one.requirement,
                "scope": one.scope,
                "target_id": None if one.target is None else ids.get(one.target),
            }
            for package in changed
            for one in package.requirements
        ]
        if rows:
            await self._connection.execute(insert(package_requirements), rows)


def _columns(package: Package) -> dict[str, Any]:
    return {name: getattr(package, name) for name in _COLUMNS}


def _updated(stored: StoredPackage) -> dict[str, Any]:
    new = {f"new_{name}": value for name, value in _columns(stored.package).items()}
    return {**new, "changed": stored.id, "new_source_hash": stored.source_hash}


def _stored(row: Any, requirements: Sequence[PackageRequirement]) -> StoredPackage:
    package = Package(requirements=tuple(requirements), **{name: getattr(row, name) for name in _COLUMNS})
    return StoredPackage(id=row.id, index_id=row.index_id, package=package, source_hash=row.source_hash)
