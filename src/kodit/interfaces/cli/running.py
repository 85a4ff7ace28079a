"""From a command to the event loop: the only place that starts one, and that listens to signals.

The loop is imported when it is started: help and completion do without.
"""

import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    import typer

    from kodit.application.engine import Kodit
    from kodit.interfaces.cli.programs import Programs
    from kodit.settings import Settings

T = TypeVar("T")

SETTLING_SECONDS = 5.0
"""After so long whatever stays has imported what it needs."""


class Interrupted(Exception):
    """A signal asked the command to end, and it has ended in good order."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Invocation:
    """What holds for every command: what it may start, and the options that may stand before and behind its name."""

    programs: "Programs"
    data_dir: Path | None = None
    server: str | None = None
    verbose: bool = False

    @property
    def flags(self) -> dict[str, Any]:
        """The settings that they set."""
        return {"data_dir": self.data_dir, "server": self.server, "log_level": "info" if self.verbose else None}

    @property
    def given(self) -> list[str]:
        """Those of the options that say where to work, to be typed before another command's name."""
        where = {"--data-dir": self.data_dir, "--server": self.server}
        return [word for option, value in where.items() if value is not None for word in (option, str(value))]

    def settings(self, **flags: Any) -> "Settings":
        """The settings in effect, after a word about variables that are none. Raises InvalidInput."""
        from kodit.settings import load

        _warn_of_unknown_variables()
        return load(**{**self.flags, **flags})

    def settings_here(self, **flags: Any) -> "Settings":
        """The same, for what works on a data directory only. Raises InvalidInput where a server is to be asked."""
        settings = self.settings(**flags)
        if settings.server is not None:
            from kodit.domain.errors import InvalidInput

            raise InvalidInput(
                "this command works on a data directory of this machine, not on a server",
                remedy="run it on the server's machine, or without --server and KODIT_SERVER",
            )
        return settings

    def with_engine(
        self, work: "Callable[[Kodit], Awaitable[T]]", *, settings: "Settings | None" = None, create: bool = True
    ) -> T:
        """Open the data directory and do the work there. Raises InvalidInput where a server is to be asked."""
        from kodit.bootstrap import open_kodit

        settings = settings or self.settings_here()

        async def opened() -> T:
            async with await open_kodit(settings=settings, create=create) as engine:
                return await work(engine)

        return run(opened())

    def asking(
        self, work: "Callable[[Kodit], Awaitable[T]]", *, settings: "Settings | None" = None, create: bool = True
    ) -> T:
        """Do the same work on the data directory, or on the server that is to be asked."""

        async def asked() -> T:
            async with self.opened(settings or self.settings(), create=create) as engine:
                return await work(engine)

        return run(asked())

    @asynccontextmanager
    async def opened(self, settings: "Settings", *, create: bool = True) -> "AsyncIterator[Kodit]":
        """The data directory, or the server that is to be asked."""
        from kodit.bootstrap import connected, open_kodit

        if settings.server is None:
            async with await open_kodit(settings=settings, create=create) as engine:
                yield engine
            return
        key = settings.key.get_secret_value() if settings.key is not None else None
        async with connected(settings.server, key) as server:
            # It offers the same as far as a server does: see tests/integration/test_remote.py.
            yield cast("Kodit", server)


def invocation_of(context: "typer.Context") -> Invocation:
    """What holds for the command that is being carried out."""
    invocation: Invocation = context.obj
    return invocation


@cache
def _warn_of_unknown_variables() -> None:
    """Once in a process: a misspelt setting is as good as none, and nothing else would tell."""
    from kodit.interfaces.cli.rendering.streams import notice
    from kodit.settings import unknown_variables

    for variable in unknown_variables(os.environ):
        meant = f"did you mean {variable.near}?" if variable.near else "`kodit config` lists all"
        notice(f"warning: {variable.name} is no setting and changes nothing; {meant}")


def run(work: Coroutine[Any, Any, T], *, signals: bool = True) -> T:
    """Run to the end, or until a signal: the first cancels the work, which tidies up; the second ends at once.

    Raises Interrupted after the first. Without `signals`, the work is one that stays: it listens to them itself, and
    calls `collect_garbage` when it has imported what it needs, or has it called after a while.
    """
    import asyncio

    if signals:
        collect_garbage()
    return asyncio.run(_interruptible(work) if signals else _staying(work))


def collect_garbage() -> None:
    """Look for garbage from now on, but never in what is there: most of that is code, and stays."""
    gc.freeze()
    gc.enable()


async def _staying(work: Coroutine[Any, Any, T]) -> T:
    import asyncio

    collecting = asyncio.get_running_loop().call_later(SETTLING_SECONDS, collect_garbage)
    try:
        return await work
    finally:
        collecting.cancel()


async def _interruptible(work: Coroutine[Any, Any, T]) -> T:
    import asyncio

    job = asyncio.ensure_future(work)
    with_signals = Signals(job.cancel)
    try:
        return await job
    except asyncio.CancelledError:
        if with_signals.received is None:
            raise
        raise Interrupted(with_signals.received) from None


class Signals:
    """Listens to SIGINT and SIGTERM from now on: the first calls `first`, the second ends the process."""

    def __init__(self, first: Callable[[], object]) -> None:
        self.received: int | None = None
        self._first = first
        if sys.platform != "win32":
            import asyncio
            import signal

            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._on, number)

    def _on(self, number: int) -> None:
        if self.received is not None:
            _kill_children()
            os._exit(128 + number)
        self.received = number
        self._first()


def _kill_children(of: "int | str" = "self") -> None:
    """End what a process has started, with what that has started, where the system tells what that is: Linux.

    Elsewhere a git that nobody waits for any more ends by its own time limits.
    """
    import signal
    from contextlib import suppress

    for listed in Path(f"/proc/{of}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, listed.read_text(encoding="ascii").split()):
                # A worker's children are of groups of their own.
                _kill_children(child)
                with suppress(OSError):
                    # Who leads a group of its own has its children there; the others share ours.
                    (os.killpg if os.getpgid(child) == child else os.kill)(child, signal.SIGKILL)
