"""A DuckDB database that is open, and the one thread that speaks to it."""

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kodit.domain.errors import InvalidInput
from kodit.infrastructure.duckdb.failures import REMEDY, translated

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What DuckDB may take: memory in millions of bytes, and threads.

    An index of nearest vectors lies in memory beside that while it is built or asked.
    """

    megabytes: int = 1000
    threads: int = 2


class Session:
    """Carries out work on a connection, one piece after the other, off the event loop."""

    def __init__(self, connection: "DuckDBPyConnection", thread: ThreadPoolExecutor, path: str) -> None:
        self._connection = connection
        self._thread = thread
        self._path = path

    async def run(self, work: "Callable[[DuckDBPyConnection], T]") -> T:
        """What `work` gives. When this is cancelled, what DuckDB is at is interrupted first."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._translated, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._connection.interrupt()
            with suppress(Exception):
                await future
            raise

    async def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a statement gives."""
        return await self.run(partial(fetched, statement=statement, parameters=parameters))

    def _translated(self, work: "Callable[[DuckDBPyConnection], T]") -> T:
        with translated(self._path):
            return work(self._connection)


@asynccontextmanager
async def opened(
    path: Path,
    resources: Resources,
    *,
    scratch: Path | None = None,
    known_as: Path | None = None,
) -> AsyncIterator[Session]:
    """The database at a path: for reading, or for writing where there is a directory for what memory has no room for.

    `known_as` is where people know it to be. Raises what `translated` does, and InvalidInput where DuckDB is
    not installed.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="duckdb")
    loop = asyncio.get_running_loop()
    try:
        connection = await loop.run_in_executor(thread, partial(connected, path, resources, scratch))
        try:
            yield Session(connection, thread, str(known_as or path))
        finally:
            await loop.run_in_executor(thread, partial(_closed, connection, known_as or path))
    finally:
        thread.shutdown()


def connected(path: Path, resources: Resources, scratch: Path | None = None) -> "DuckDBPyConnection":
    """Open the database as `opened` does."""
    duckdb = _duckdb()
    # Nothing may be asked of the network.
    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        # They lie where DuckDB itself lies and are trusted as that is: checking a signature of 30 MB takes longer than
        # most searches, and nothing is loaded but what we name.
        "allow_unsigned_extensions": "true",
        "memory_limit": f"{resources.megabytes}MB",
        "threads": resources.threads,
        "temp_directory": "" if scratch is None else str(scratch),
    }
    with translated(str(path)):
        connection: DuckDBPyConnection = duckdb.connect(str(path), read_only=scratch is None, config=config)
    return connection


def _closed(connection: "DuckDBPyConnection", path: Path) -> None:
    # What is written is written when it is closed, and may find the disk full.
    with translated(str(path)):
        connection.close()


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise InvalidInput("artifacts need DuckDB, which is not installed", remedy=REMEDY) from None
    return duckdb


def fetched(connection: "DuckDBPyConnection", statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What a statement gives."""
    return connection.execute(statement, list(parameters)).fetchall()


def check_installed(extensions: Sequence[str]) -> None:
    """Raises InvalidInput where DuckDB or one of these extensions is not."""
    _duckdb()
    for name in extensions:
        extension(name)


def load(connection: "DuckDBPyConnection", name: str) -> None:
    """Load an extension from where it is installed. Raises InvalidInput where it is not."""
    connection.execute(f"LOAD {quoted(str(extension(name)))}")


def extension(name: str) -> Path:
    """Where an extension of DuckDB is installed. Raises InvalidInput where it is not."""
    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    places = found.submodule_search_locations if found is not None else None
    files = [file for place in places or () for file in Path(place).rglob(f"{name}.duckdb_extension")]
    if not files:
        raise InvalidInput(f"artifacts need DuckDB's extension {name}, which is not installed", remedy=REMEDY)
    return files[0]


def quoted(text: str) -> str:
    """A text as it stands in a statement."""
    return "'" + text.replace("'", "''") + "'"
