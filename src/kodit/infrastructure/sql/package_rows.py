"""Packages as they are shown."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.application.asking.rows import FoundPackage, FoundRequirement
from kodit.domain.sources.file import FileStatus
from kodit.infrastructure.sql.code_tables import package_files, package_requirements, packages, symbols
from kodit.infrastructure.sql.tables import files, sources

_SHOWN = ("id", "name", "kind", "path", "version", "description", "manifest")
_PACKAGES: Select[Any] = select(*(packages.c[name] for name in _SHOWN), sources.c.name.label("source")).join(
    sources, sources.c.id == packages.c.index_id
)
_FILES: Select[Any] = (
    select(package_files.c.package_id, func.count())
    .join(files, files.c.id == package_files.c.file_id)
    .where(files.c.status != FileStatus.DELETED)
    .group_by(package_files.c.package_id)
)
_SYMBOLS: Select[Any] = (
    select(package_files.c.package_id, func.count())
    .join(symbols, symbols.c.file_id == package_files.c.file_id)
    .group_by(package_files.c.package_id)
)
_REQUIREMENTS: Select[Any] = select(
    package_requirements.c.package_id,
    package_requirements.c.name,
    package_requirements.c.requirement,
    package_requirements.c.scope,
    package_requirements.c.target_id,
).order_by(package_requirements.c.id)


async def found_packages(connection: AsyncConnection, index_ids: Collection[int]) -> Sequence[FoundPackage]:
    """The packages of these sources (none: of all), by source and path."""
    mine = select(packages.c.id)
    if index_ids:
        mine = mine.where(packages.c.index_id.in_(sorted(index_ids)))
    owned = {row[0]: row[1] for row in await connection.execute(_FILES.where(package_files.c.package_id.in_(mine)))}
    defined = {row[0]: row[1] for row in await connection.execute(_SYMBOLS.where(package_files.c.package_id.in_(mine)))}
    required: defaultdict[int, list[FoundRequirement]] = defaultdict(list)
    for row in await connection.execute(_REQUIREMENTS.where(package_requirements.c.package_id.in_(mine))):
        required[row.package_id].append(
            FoundRequirement(name=row.name, requirement=row.requirement, scope=row.scope, target_id=row.target_id)
        )
    found = [
        FoundPackage(
            **row._mapping,
            files=owned.get(row.id, 0),
            symbols=defined.get(row.id, 0),
            requirements=tuple(required[row.id]),
        )
        for row in await connection.execute(_PACKAGES.where(packages.c.id.in_(mine)))
    ]
    return sorted(found, key=attrgetter("source", "path", "kind"))


async def owners_of(connection: AsyncConnection, index_ids: Collection[int]) -> Mapping[int, int]:
    """The package of each file of these sources (none: of all) that has one."""
    statement = select(package_files.c.file_id, package_files.c.package_id)
    if index_ids:
        owner = packages.c.id == package_files.c.package_id
        statement = statement.join(packages, owner).where(packages.c.index_id.in_(sorted(index_ids)))
    return {row[0]: row[1] for row in await connection.execute(statement)}
