"""What changes below a directory, as the system tells it."""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from watchfiles import Change
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from kodit.domain.errors import NotFound, Refused, Unavailable

_GLANCE = 5_000
"""How often, in milliseconds, it is looked whether a directory in which nothing happens is still there."""
_EXHAUSTED = ("limit reached", "Too many open files", "No space left")
"""What the library says when the system lends no more: its errors have neither a class nor a number for it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Quiet:
    """When changes are told, in milliseconds.

    After so long without a further change, as an editor or a checkout writes many files in a row; but the first waits
    for `most` only. Where the system does not tell, it is looked every `look`.
    """

    pause: int = 500
    most: int = 5_000
    look: int = 2_000


class SystemDirectoryWatcher:
    """Implements DirectoryWatcher with what the system has for it: inotify, FSEvents, ReadDirectoryChangesW.

    A system that lends no more watches is said so once; from then on directories are looked through now and then.
    With `polling` they are from the beginning, as network file systems tell nothing. Looking finds what has another
    time by the second: of two changes within one second the later may wait until the file changes again.
    """

    def __init__(self, quiet: Quiet = Quiet(), *, polling: bool = False) -> None:
        self._quiet = quiet
        self._polling = polling

    async def changes(self, directory: str) -> AsyncGenerator[frozenset[str], None]:
        """See the port. Each directory has a thread of its own, which sleeps while nothing happens."""
        watch = _Watch(directory, self._quiet)
        thread = ThreadPoolExecutor(1, thread_name_prefix="kodit-watch")
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(thread, self._begin, watch)
            yield frozenset()
            while True:
                yield await loop.run_in_executor(thread, watch.next)
        finally:
            # Nobody waits for the thread: it sees within a moment that it is not wanted any more.
            watch.stop.set()
            thread.submit(watch.close)
            thread.shutdown(wait=False)

    def _begin(self, watch: "_Watch") -> None:
        try:
            watch.begin(polling=self._polling)
        except _NoMoreWatchesError as error:
            if not self._polling:
                log.warning(
                    "directories are looked through every few seconds from now on",
                    reason=str(error),
                    remedy="have the system lend more: fs.inotify.max_user_watches, fs.inotify.max_user_instances",
                )
            self._polling = True
            watch.begin(polling=True)


class _NoMoreWatchesError(Exception):
    """The system lends no more watches."""


class _Watch:
    """One directory. All but `stop` is for one thread."""

    def __init__(self, directory: str, quiet: Quiet) -> None:
        self.stop = threading.Event()
        self._directory = directory
        self._quiet = quiet
        self._notify: RustNotify | None = None
        self._identity = (0, 0)

    def begin(self, *, polling: bool) -> None:
        """Nothing is missed from now on. Raises NotFound, Refused, and _NoMoreWatchesError unless polling."""
        self._identity = _identity(self._directory)
        try:
            self._notify = self._lent(polling=polling, forgiving=False)
        except PermissionError:
            # What lies below and may not be looked into is not indexed either. The library forgives more than that.
            self._notify = self._lent(polling=polling, forgiving=True)
        except (OSError, WatchfilesRustInternalError) as error:
            if any(words in str(error) for words in _EXHAUSTED):
                raise _NoMoreWatchesError(str(error)) from error
            raise Unavailable(f"{self._directory} cannot be watched: {error}") from error

    def _lent(self, *, polling: bool, forgiving: bool) -> RustNotify:
        return RustNotify([self._directory], False, polling, self._quiet.look, True, forgiving)

    def next(self) -> frozenset[str]:
        """The next changes. Raises NotFound when the directory is gone."""
        assert self._notify is not None  # noqa: S101 - it has begun
        while True:
            found = self._notify.watch(self._quiet.most, self._quiet.pause, _GLANCE, self.stop)
            if found == "stop":
                return frozenset()
            if _identity(self._directory) != self._identity:
                raise NotFound(f"{self._directory} was replaced by another directory")
            if not isinstance(found, str) and (paths := frozenset(self._told(found))):
                return paths

    def _told(self, found: Iterable[tuple[int, str]]) -> Iterator[str]:
        for kind, path in found:
            # A directory changes with each entry in it, which is told by itself.
            if kind != Change.modified or not os.path.isdir(path):  # noqa: PTH112
                yield os.path.relpath(path, self._directory)

    def close(self) -> None:
        """Let the system forget it."""
        if self._notify is not None:
            self._notify.close()


def _identity(directory: str) -> tuple[int, int]:
    """What tells a directory from another one at the same place. Raises NotFound, Refused, Unavailable."""
    try:
        with os.scandir(directory):
            found = os.stat(directory)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{directory} does not exist", remedy="if it was moved, index its new place") from error
    except PermissionError as error:
        raise Refused(f"{directory} may not be looked into") from error
    except OSError as error:
        raise Unavailable(f"{directory} cannot be looked into: {error.strerror}") from error
    return found.st_dev, found.st_ino
