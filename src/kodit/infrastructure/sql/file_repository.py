"""Files as SQL."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.sources.file import File, FileStatus, PlacedFile
from kodit.domain.sources.last_change import LastChange
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.prepared import Prepared
from kodit.infrastructure.sql.rows import to_domain, to_row
from kodit.infrastructure.sql.tables import files, is_changed

_KEY = ("index_id", "path")
# Of all files of a source, however few of them changed: read without a step for each value.
_PLACED = Prepared(
    select(files.c.id, files.c.path, files.c.language).where(
        files.c.index_id == bindparam("source"), files.c.status != FileStatus.DELETED
    )
)


class SqlFileRepository:
    """Implements FileRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, index_id: int) -> Mapping[str, File]:
        """See the port."""
        found = await self._files(select(files).where(files.c.index_id == index_id))
        return {file.path: file for file in found}

    async def at(self, index_id: int, paths: Collection[str]) -> Mapping[str, File]:
        """See the port."""
        found: dict[str, File] = {}
        for batch in batches(sorted(paths)):
            lying = select(files).where(files.c.index_id == index_id, files.c.path.in_(batch))
            found |= {file.path: file for file in await self._files(lying)}
        return found

    async def tally(self, index_id: int) -> Mapping[FileStatus, int]:
        """See the port."""
        # All are counted in the index over the paths, the few that changed in theirs; no row is read for it.
        mine = files.c.index_id == index_id
        total = await self._connection.scalar(select(func.count()).select_from(files).where(mine)) or 0
        changed = select(files.c.status, func.count()).where(mine, is_changed).group_by(files.c.status)
        counts = {row[0]: row[1] for row in await self._connection.execute(changed)}
        return {**counts, FileStatus.CLEAN: total - sum(counts.values())}

    async def save(self, changed: Iterable[File]) -> None:
        """See the port."""
        # A file that was renamed is known by its id alone; a new one has none yet.
        by_key, by_id = self._upsert(_KEY), self._upsert(("id",))
        for batch in batches(changed):
            new = [to_row(file) for file in batch if not file.id]
            known = [to_row(file, skip="") for file in batch if file.id]
            for upsert, rows in ((by_id, known), (by_key, new)):
                if rows:
                    await self._connection.execute(upsert, rows)

    def _upsert(self, key: Sequence[str]) -> Any:
        statement = insert_for(self._connection, files)
        replaced = {
            column.name: statement.excluded[column.name] for column in files.c if column.name not in ("id", *key)
        }
        return statement.on_conflict_do_update(index_elements=list(key), set_=replaced)

    async def placed(self, index_id: int) -> Sequence[PlacedFile]:
        """See the port."""
        rows = await _PLACED.rows(self._connection, {"source": index_id})
        return sorted(map(PlacedFile._make, rows), key=attrgetter("path"))

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
        cleared = update(files).where(mine, is_changed).values(status=FileStatus.CLEAN, former_paths=None)
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

    async def last_changed(self, change: LastChange, *, index_ids: Collection[int]) -> Mapping[int, tuple[int, str]]:
        """See the port."""
        known = select(files.c.id, files.c.index_id, files.c.path, files.c.author).where(files.c.author.is_not(None))
        if index_ids:
            known = known.where(files.c.index_id.in_(sorted(index_ids)))
        if change.earliest_at is not None:
            known = known.where(files.c.changed_at >= change.earliest_at)
        if change.until is not None:
            known = known.where(files.c.changed_at < change.until)
        found = await self._connection.execute(known)
        return {file_id: (index_id, path) for file_id, index_id, path, author in found if change.is_by(author)}

    def _changed(self, index_id: int) -> Select[tuple[object]]:
        return select(files).where(files.c.index_id == index_id, is_changed)

    async def _in_order(self, statement: Select[tuple[object]]) -> list[File]:
        # Sorted here, because each PostgreSQL database has an order of its own for texts.
        return sorted(await self._files(statement), key=lambda file: file.path)

    async def _files(self, statement: Select[tuple[object]]) -> list[File]:
        return [to_domain(File, row) for row in await self._connection.execute(statement)]
