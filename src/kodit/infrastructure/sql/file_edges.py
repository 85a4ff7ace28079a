"""Which file needs which: it imports it, or uses what that one defines."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.application.asking.rows import FileEdge
from kodit.domain.code.reference import ReferenceKind
from kodit.infrastructure.sql.code_tables import imports, references, symbols
from kodit.infrastructure.sql.prepared import one_of
from kodit.infrastructure.sql.tables import files

_IMPORTS: Select[Any] = (
    select(imports.c.file_id, imports.c.target_file_id, func.min(imports.c.line), func.count())
    .where(imports.c.target_file_id.is_not(None), imports.c.target_file_id != imports.c.file_id)
    .group_by(imports.c.file_id, imports.c.target_file_id)
)
_USES: Select[Any] = (
    select(references.c.file_id, symbols.c.file_id, func.min(references.c.line), func.count())
    .select_from(references)
    .join(symbols, symbols.c.id == references.c.target_id)
    # What is imported by its name is counted as an import already.
    .where(symbols.c.file_id != references.c.file_id, references.c.kind != ReferenceKind.IMPORT)
    .group_by(references.c.file_id, symbols.c.file_id)
)


async def edges_from(connection: AsyncConnection, file_ids: Collection[int]) -> Sequence[FileEdge]:
    """What leads from these files to others, by id."""
    given = {"files": sorted(file_ids)}
    return await _edges(
        connection,
        _IMPORTS.where(one_of(imports.c.file_id, "files")),
        _USES.where(one_of(references.c.file_id, "files")),
        given,
    )


async def edges_to(connection: AsyncConnection, file_ids: Collection[int]) -> Sequence[FileEdge]:
    """What leads from other files to these, by id."""
    given = {"files": sorted(file_ids)}
    return await _edges(
        connection,
        _IMPORTS.where(one_of(imports.c.target_file_id, "files")),
        _USES.where(one_of(symbols.c.file_id, "files")),
        given,
    )


async def all_edges(connection: AsyncConnection, index_ids: Collection[int]) -> Sequence[FileEdge]:
    """What leads from a file of these sources (none: of all) to another, by id."""
    if not index_ids:
        return await _edges(connection, _IMPORTS, _USES, {})
    mine = select(files.c.id).where(files.c.index_id.in_(sorted(index_ids)))
    return await _edges(
        connection, _IMPORTS.where(imports.c.file_id.in_(mine)), _USES.where(references.c.file_id.in_(mine)), {}
    )


async def _edges(
    connection: AsyncConnection, importing: Select[Any], using: Select[Any], given: dict[str, Any]
) -> Sequence[FileEdge]:
    imported = {(row[0], row[1]): (row[2], row[3]) for row in await connection.execute(importing, given)}
    used = {(row[0], row[1]): (row[2], row[3]) for row in await connection.execute(using, given)}
    return [
        FileEdge(
            from_id=from_id,
            to_id=to_id,
            line=min(first[0] for first in (imported.get((from_id, to_id)), used.get((from_id, to_id))) if first),
            imports=imported.get((from_id, to_id), (0, 0))[1],
            uses=used.get((from_id, to_id), (0, 0))[1],
        )
        for from_id, to_id in sorted(imported.keys() | used.keys())
    ]
