"""The tantivy index on disk: opened, started afresh when it is of no use, and written by one at a time."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from kodit.domain.errors import Locked, StorageFull
from kodit.infrastructure.tantivy.schema import LAYOUT, schema

if TYPE_CHECKING:
    import tantivy

_WRITER_MEMORY = 64_000_000
"""Bytes that a writer fills before it writes a segment: few segments for big updates, modest for a laptop."""

_LEAST_MEMORY = 15_000_000
"""Bytes: tantivy allows no less."""

_Stamp = tuple[int, int, int]


class IndexDirectory:
    """One index in a directory of its own, shared by any number of threads and processes."""

    def __init__(self, directory: Path, *, patience: timedelta) -> None:
        self._directory = directory
        self._path = directory / f"layout-{LAYOUT}"
        self._patience = patience
        self._opening = Lock()
        self._index: tantivy.Index | None = None
        self._stamp: _Stamp | None = None
        self.started_afresh = False

    def index(self) -> "tantivy.Index":
        """The index as last committed by anybody."""
        with self._opening:
            stamp = self._stamp_on_disk()
            if self._index is None or stamp is None or stamp != self._stamp:
                self._index = self._opened()
                if self._index is None:
                    with self._locked():
                        self._index = self._opened() or self._created()
                # Taken before opening: a commit in between only costs opening once more.
                self._stamp = stamp
            return self._index

    @contextmanager
    def writing(self) -> Iterator["tuple[tantivy.IndexWriter, tantivy.Schema]"]:
        """Everything written in the block is committed at its end, or nothing when it raises."""
        with self._locked():
            index = self._opened() or self._created()
            # A commit fails on a file that a killed writer's commit wrote before it.
            _sweep(index)
            try:
                writer = index.writer(_WRITER_MEMORY, num_threads=1)
                try:
                    yield writer, index.schema
                    writer.commit()
                except BaseException:
                    writer.rollback()
                    raise
                finally:
                    writer.wait_merging_threads()
            except (OSError, ValueError) as error:
                _unless_full(error, self._directory)
                raise
            finally:
                # What a failed or killed writer left must not keep the disk full.
                _sweep(index)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        import filelock

        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            # The operating system gives up a killed process's lock.
            lock = filelock.FileLock(self._directory / "writer.lock", timeout=self._patience.total_seconds())
            lock.acquire()
        except filelock.Timeout as error:
            message = f"another process has been writing the keyword index for {self._patience.total_seconds():.0f} s"
            raise Locked(message, remedy="it is tried again; look for another kodit that hangs") from error
        except OSError as error:
            _unless_full(error, self._directory)
            raise
        try:
            yield
        finally:
            lock.release()

    def _opened(self) -> "tantivy.Index | None":
        """The index on disk, or None for one that is missing, damaged, or of a format not known here."""
        import tantivy

        try:
            index = tantivy.Index.open(str(self._path))
            index.config_reader("manual")
        except ValueError:
            return None
        return index

    def _created(self) -> "tantivy.Index":
        """An empty index, in place of whatever lies there."""
        import tantivy

        self.started_afresh = True
        for old in self._directory.glob("layout-*"):
            shutil.rmtree(old)
        self._path.mkdir()
        index = tantivy.Index(schema(), path=str(self._path))
        index.config_reader("manual")
        return index

    def _stamp_on_disk(self) -> _Stamp | None:
        """Changes with every commit, which replaces this file."""
        try:
            status = (self._path / "meta.json").stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size


def _sweep(index: "tantivy.Index") -> None:
    with suppress(ValueError):
        writer = index.writer(_LEAST_MEMORY, num_threads=1)
        writer.garbage_collect_files()
        writer.wait_merging_threads()


def _unless_full(error: OSError | ValueError, directory: Path) -> None:
    """Raise StorageFull where that is what the error means; tantivy tells only in words, or that a thread failed."""
    told = getattr(error, "errno", None) == errno.ENOSPC or "StorageFull" in str(error)
    failed_thread = isinstance(error, ValueError) and "thread" in str(error)
    if told or (failed_thread and shutil.disk_usage(directory).free < _WRITER_MEMORY):
        message = f"no space left for the keyword index in {directory}"
        raise StorageFull(message, remedy="free some disk space") from error
