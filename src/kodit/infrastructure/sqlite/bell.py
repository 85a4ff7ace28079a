"""Bells of processes: named pipes in one directory, that others of the same machine ring."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_AT_ONCE = 65_536
"""Bytes read at a time: as many as a pipe holds on Linux."""


class Bell:
    """A pipe of this process's own, there until `close`.

    Nothing in it has a meaning but that there is something: a ring that finds the pipe full is heard anyway.
    """

    def __init__(self, directory: Path, about: str) -> None:
        """`about` is what it is rung for, in one word. Raises OSError where no pipe can be made."""
        if not hasattr(os, "mkfifo"):
            raise OSError(errno.ENOSYS, "this system has no named pipes")
        self._path = directory / f"{os.getpid()}-{uuid4().hex[:8]}{_suffix(about)}"
        directory.mkdir(parents=True, exist_ok=True)
        # A bell that nobody listens to is taken for that of a dead process, so it gets its name once it is open.
        unnamed = self._path.with_suffix(".new")
        os.mkfifo(unnamed, 0o600)
        try:
            # For writing too: a pipe whose last writer leaves would be at its end for ever, and always readable.
            self.descriptor = os.open(unnamed, os.O_RDWR | os.O_NONBLOCK)
            unnamed.rename(self._path)
        finally:
            unnamed.unlink(missing_ok=True)

    def heard(self) -> bool:
        """Whether it was rung since it was asked last."""
        try:
            return bool(os.read(self.descriptor, _AT_ONCE))
        except BlockingIOError:
            return False

    def is_at(self, path: str) -> bool:
        """Whether this is its pipe."""
        return str(self._path) == path

    def close(self) -> None:
        """Take it down."""
        self._path.unlink(missing_ok=True)
        os.close(self.descriptor)


def ring(directory: Path, about: str, *, but: Bell | None = None) -> None:
    """Ring the bells for something in a directory, but for one's own; those of dead processes are removed."""
    suffix = _suffix(about)
    try:
        bells = [entry.path for entry in os.scandir(directory) if entry.name.endswith(suffix)]
    except OSError:
        return
    for path in bells:
        if but is not None and but.is_at(path):
            continue
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno == errno.ENXIO:
                with suppress(OSError):
                    Path(path).unlink()
            continue
        with suppress(OSError):
            os.write(descriptor, b"!")
        os.close(descriptor)


def _suffix(about: str) -> str:
    return f".{about}-bell"
