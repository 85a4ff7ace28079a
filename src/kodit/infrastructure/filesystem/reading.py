"""Opens files below a directory so that nothing swapped in meanwhile leads out of it or blocks."""

import os
import stat
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a FIFO without a writer would wait for ever; a regular file does not mind.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class SafeOpener:
    """Opens regular files by their path below a root, following no symbolic link on the way.

    The directory opened last stays open, because paths come in order. Used in one thread at a time.
    """

    def __init__(self, root: Path) -> None:
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._directory = ""
        self._descriptor = self._root

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the directories back."""
        self._leave()
        os.close(self._root)

    def open(self, path: str) -> FileIO:
        """Open one file for reading. Raises OSError when it is gone, may not be read, or is no regular file."""
        directory, _, name = path.rpartition("/")
        self._enter(directory)
        descriptor = os.open(_checked(name), _FILE, dir_fd=self._descriptor)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(path)
        return os.fdopen(descriptor, "rb", buffering=0)

    def _enter(self, directory: str) -> None:
        if directory == self._directory:
            return
        self._leave()
        try:
            for part in directory.split("/") if directory else ():
                below = os.open(_checked(part), _DIRECTORY, dir_fd=self._descriptor)
                self._leave()
                self._descriptor = below
        except OSError:
            self._leave()
            raise
        self._directory = directory

    def _leave(self) -> None:
        if self._descriptor != self._root:
            os.close(self._descriptor)
        self._descriptor = self._root
        self._directory = ""


def _checked(name: str) -> str:
    if name in ("", ".", "..") or "\0" in name:
        raise FileNotFoundError(name)
    return name
