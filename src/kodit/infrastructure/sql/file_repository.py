"""Files as SQL."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.sources.file import File, FileStatus
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.rows import to_domain, to_row
from kodit.infrastructure.sql.tables import files, is_changed

_KEY = ("index_id", "path")


class SqlFileRepository:
    """Implements FileRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, index_id: int) -> Mapping[str, File]:
        """See the port."""
        found = await self._files(select(files).where(files.c.index_id == index_id))
        return {file.path: file for file in found}

    async def save(self, changed: Iterable[File]) -> None:
        """See the port."""
        statement = insert_for(self._connection, files)
        replaced = {
            name: statement.excluded[name] for name in [column.name for column in files.c] if name not in ("id", *_KEY)
        }
        upsert = statement.on_conflict_do_update(index_elements=list(_KEY), set_=replaced)
        for batch in batches(changed):
            await self._connection.execute(upsert, [to_row(file) for file in batch])

    async def pending(self, index_id: int) -> Sequence[File]:
        """See the port."""
        unlike = or_(
            files.c.extracted_hash.is_(None),
            files.c.extracted_hash != files.c.content_hash,
            files.c.status == FileStatus.DELETED,
        )
        return await self._in_order(self._changed(index_id).where(unlike))

    async def changed(self, index_id: int) -> Sequence[File]:
        """See the port."""
        return await self._in_order(self._changed(index_id))

    async def clear_statuses(self, index_id: int) -> None:
        """See the port."""
        mine = files.c.index_id == index_id
        await self._connection.execute(delete(files).where(mine, files.c.status == FileStatus.DELETED))
        cleared = update(files).where(mine, is_changed).values(status=FileStatus.CLEAN)
        await self._connection.execute(cleared)

    async def matching(
        self, *, index_ids: Collection[int], languages: Collection[str], accepts: Callable[[str], bool]
    ) -> frozenset[int]:
        """See the port."""
        statement = select(files.c.id, files.c.path)
        if index_ids:
            statement = statement.where(files.c.index_id.in_(sorted(index_ids)))
        if languages:
            statement = statement.where(files.c.language.in_(sorted(languages)))
        found = await self._connection.execute(statement)
        return frozenset(file_id for file_id, path in found if accepts(path))

    def _changed(self, index_id: int) -> Select[tuple[object]]:
        return select(files).where(files.c.index_id == index_id, is_changed)

    async def _in_order(self, statement: Select[tuple[object]]) -> list[File]:
        # Sorted here, because each PostgreSQL database has an order of its own for texts.
        return sorted(await self._files(statement), key=lambda file: file.path)

    async def _files(self, statement: Select[tuple[object]]) -> list[File]:
        return [to_domain(File, row) for row in await self._connection.execute(statement)]
