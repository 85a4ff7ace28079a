"""Exact nearest neighbours over memory-mapped matrices: a file for each index and kind."""

import asyncio
import errno
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kodit.domain.errors import InvalidInput, Locked, StorageFull
from kodit.domain.search.ports import Vector, VectorKind
from kodit.domain.search.query import Match
from kodit.infrastructure.vectors.vector_file import VectorFile, opened, replace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_Stamp = tuple[int, int, int]


class MappedVectorIndex:
    """Any number of processes read; one at a time writes the vectors of one index and kind.

    A writer that waits longer than `patience` for another raises Locked.
    """

    def __init__(self, directory: Path, *, patience: timedelta = timedelta(seconds=60)) -> None:
        self._directory = directory
        self._patience = patience
        self._open: dict[Path, tuple[_Stamp, VectorFile]] = {}

    async def held(self, index_id: int, kind: VectorKind, *, model: str) -> frozenset[int]:
        """See the port."""
        return await asyncio.to_thread(self._ids, self._path(index_id, kind), model)

    async def update(
        self,
        index_id: int,
        kind: VectorKind,
        *,
        model: str,
        dimension: int,
        add: Iterable[tuple[int, int, Vector]],
        remove: Collection[int],
    ) -> None:
        """See the port. `add` is read in another thread."""
        await asyncio.to_thread(self._update, self._path(index_id, kind), model, dimension, add, remove)

    async def search(
        self,
        vector: Vector,
        *,
        kind: VectorKind,
        model: str,
        index_ids: Collection[int],
        file_ids: Collection[int] | None,
        snippet_ids: Collection[int] | None = None,
        limit: int,
    ) -> Sequence[Match]:
        """See the port."""
        paths = [self._path(index_id, kind) for index_id in set(index_ids)]
        return await asyncio.to_thread(self._search, vector, model, paths, (file_ids, snippet_ids), limit)

    async def clear(self, index_id: int) -> None:
        """See the port."""
        await asyncio.to_thread(self._clear, index_id)

    def _path(self, index_id: int, kind: VectorKind) -> Path:
        return self._directory / f"{index_id}-{kind.value}.vectors"

    def _ids(self, path: Path, model: str) -> frozenset[int]:
        file = self._current(path)
        return frozenset(file.ids.tolist()) if file and file.model == model else frozenset()

    def _update(
        self,
        path: Path,
        model: str,
        dimension: int,
        add: Iterable[tuple[int, int, Vector]],
        remove: Collection[int],
    ) -> None:
        added = {snippet_id: (file_id, vector) for snippet_id, file_id, vector in add}
        if any(len(vector) != 4 * dimension for _, vector in added.values()):
            raise InvalidInput(f"a vector does not have the {dimension} dimensions of its model {model}")
        with self._writing(path):
            replace(path, opened(path), model=model, dimension=dimension, added=added, removed=remove)

    def _search(
        self,
        vector: Vector,
        model: str,
        paths: Sequence[Path],
        among: Sequence[Collection[int] | None],
        limit: int,
    ) -> Sequence[Match]:
        import numpy as np

        asked = np.frombuffer(vector, "<f4")
        allowed = [None if ids is None else np.unique(np.fromiter(ids, np.int64, len(ids))) for ids in among]
        if limit < 1 or not asked.any():
            return []
        found: list[Match] = []
        for file in map(self._current, paths):
            if file is not None and (file.model, file.dimension) == (model, len(asked)):
                found += _matches(file, asked, allowed, limit)
        return sorted(found, key=lambda match: (-match.score, match.snippet_id))[:limit]

    def _clear(self, index_id: int) -> None:
        for kind in VectorKind:
            path = self._path(index_id, kind)
            with self._writing(path):
                path.unlink(missing_ok=True)
            self._open.pop(path, None)

    def _current(self, path: Path) -> VectorFile | None:
        """The file as it is now: mapped anew only when it has been replaced."""
        try:
            status = path.stat()
        except FileNotFoundError:
            self._open.pop(path, None)
            return None
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        known = self._open.get(path)
        if known and known[0] == stamp:
            return known[1]
        file = opened(path)
        if file is not None:
            self._open[path] = (stamp, file)
        return file

    @contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        import filelock

        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            # The operating system gives up a killed process's lock.
            with filelock.FileLock(path.with_suffix(".lock"), timeout=self._patience.total_seconds()):
                yield
        except filelock.Timeout as error:
            message = f"another process has been writing {path.name} for {self._patience.total_seconds():.0f} s"
            raise Locked(message, remedy="it is tried again; look for another kodit that hangs") from error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            message = f"no space left for vectors in {self._directory}"
            raise StorageFull(message, remedy="free some disk space") from error


def _matches(
    file: VectorFile, asked: "NDArray[np.float32]", allowed: "Sequence[NDArray[np.int64] | None]", limit: int
) -> Iterator[Match]:
    from kodit.infrastructure.vectors.nearest import nearest  # brings numpy, which starts slowly

    rows, scores = nearest(file, asked, allowed, limit)
    for snippet_id, score in zip(file.ids[rows].tolist(), scores.tolist(), strict=True):
        yield Match(snippet_id, score)
