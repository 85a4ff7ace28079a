"""A DuckDB database that is open in a process of its own, so that what ends DuckDB ends nobody else."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kodit.domain.errors import Damaged, DatabaseUnusable, KoditError
from kodit.infrastructure.duckdb.failures import DAMAGED_REMEDY, translated
from kodit.infrastructure.duckdb.session import Resources, connected, fetched

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess, SpawnProcess

    from duckdb import DuckDBPyConnection

T = TypeVar("T")

Prepare = Callable[["DuckDBPyConnection"], object]
"""Does with a connection what is to be done first. Like all work it is sent to the process: a function of a module, or
a partial one."""

_OF_DAMAGE = frozenset({"SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV"})
"""Signals by which a program ends that reads what makes no sense; others are sent by somebody."""

_PRELOAD = ("duckdb", "kodit.infrastructure.duckdb.artifact_reader")
"""What every process needs."""


class SessionApart:
    """Carries out work as `Session` does, in a process that begins with the first of it."""

    def __init__(self, path: Path, resources: Resources, prepare: Prepare) -> None:
        self._path = path
        self._opening = partial(_opened, path, resources, prepare)
        self._abandoned = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="duckdb-apart")
        self._process: ForkServerProcess | SpawnProcess | None = None
        self._pipe: Connection | None = None

    async def run(self, work: "Callable[[DuckDBPyConnection], T]") -> T:
        """What `work` gives. When this is cancelled, the process is ended.

        Raises what `translated` does, and Damaged where DuckDB does not survive it.
        """
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._answered, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._abandoned = True
            if self._process is not None:
                self._process.kill()
            with suppress(Exception):
                await future
            raise

    async def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a statement gives."""
        return await self.run(partial(fetched, statement=statement, parameters=parameters))

    async def close(self) -> None:
        """End the process."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._ended)
        self._thread.shutdown()

    def _answered(self, work: "Callable[[DuckDBPyConnection], T]") -> T:
        pipe = self._pipe or self._started()
        try:
            pipe.send(work)
            answer, error = pipe.recv()
        except (EOFError, OSError):
            raise self._died() from None
        if error is not None:
            raise error
        given: T = answer
        return given

    def _started(self) -> "Connection":
        # Most who ask an artifact never come here.
        from kodit.infrastructure.processes.context import process_context

        context: Any = process_context(_PRELOAD)
        self._pipe, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, str(self._path), self._opening), daemon=True)
        process.start()
        theirs.close()
        self._process = process
        if self._abandoned:
            process.kill()
        return self._pipe

    def _died(self) -> KoditError:
        code = self._ended()
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        if name in _OF_DAMAGE:
            return Damaged(f"{self._path} is damaged: DuckDB does not survive it ({name})", remedy=DAMAGED_REMEDY)
        return DatabaseUnusable(f"the process that read {self._path} was ended ({name})", remedy="try again")

    def _ended(self) -> int:
        """How the process ended, if there is one."""
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        self._abandoned = False
        if process is None or pipe is None:
            return 0
        pipe.close()
        process.join()
        return process.exitcode or 0


def _opened(path: Path, resources: Resources, prepare: Prepare) -> "DuckDBPyConnection":
    connection = connected(path, resources)
    prepare(connection)
    return connection


def _serve(pipe: "Connection", path: str, opening: "Callable[[], DuckDBPyConnection]") -> None:
    """Work off what comes through the pipe, until it is closed."""
    _end_quietly()
    connection = None
    answer: tuple[Any, Exception | None]
    while True:
        try:
            work = pipe.recv()
        except EOFError:
            return
        try:
            with translated(path):
                connection = connection or opening()
                answer = work(connection), None
        except Exception as error:  # noqa: BLE001 - whoever asked shall have it
            answer = None, error
        pipe.send(answer)


def _end_quietly() -> None:
    """Have nobody read what a program says that ends by a signal, and leave no image of its memory."""
    # Who is interrupted at the terminal ends this process by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
