"""How kodit starts processes: from a clean server, and without running the caller's program again; they end with it."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import current_process
from multiprocessing.context import BaseContext
from multiprocessing.util import Finalize
from pathlib import Path
from types import ModuleType
from typing import Any

from kodit.infrastructure.processes.following import follow_parent
from kodit.infrastructure.processes.passing_directory import passing_directory

LONGEST_PARENT = 60
"""Bytes of a directory's name in which our own and a socket's have room: macOS takes 104 bytes, and Linux 108."""
_swapping = threading.Lock()

_QUIET = "ignore:resource_tracker:UserWarning"


def process_context(preload: Sequence[str]) -> BaseContext:
    """A context for process pools whose children have imported `preload` and nothing else.

    Python gives each child the caller's main module, which would run a script without an `if __name__` guard once
    more, and fails for code typed into a prompt or a notebook. kodit's children never need it. Whatever they do, they
    end when the program does: a worker at a pipe to which it holds both ends would otherwise wait there for ever.
    """
    if sys.platform == "win32":
        return _FollowingContext()
    # Never fork this process: it runs threads and holds database connections. The server has neither, and replaces a
    # killed child in a tenth of the time that a new interpreter takes.
    _start_quiet_tracker()
    _settle_where_server_listens()
    context = _MainlessContext()
    context.set_forkserver_preload(list(preload))
    return context


if sys.platform == "win32":
    from multiprocessing.context import SpawnContext, SpawnProcess

    class _FollowingProcess(SpawnProcess):
        def run(self) -> None:
            follow_parent()
            super().run()

    class _FollowingContext(SpawnContext):
        Process = _FollowingProcess

else:
    from multiprocessing.context import ForkServerContext, ForkServerProcess

    class _MainlessProcess(ForkServerProcess):
        def run(self) -> None:
            follow_parent()
            super().run()

        @staticmethod
        def _Popen(process_obj: Any) -> Any:  # noqa: N802 - multiprocessing's own name
            with _without_main():
                return ForkServerProcess._Popen(process_obj)

    class _MainlessContext(ForkServerContext):
        Process = _MainlessProcess

    def _start_quiet_tracker() -> None:
        """Start the process that takes away the semaphores of a killed program, without a word at a terminal about it.

        Its options are those of this process when it starts.
        """
        from multiprocessing import resource_tracker

        sys.warnoptions.append(_QUIET)
        try:
            resource_tracker.ensure_running()
        finally:
            sys.warnoptions.remove(_QUIET)

    def _settle_where_server_listens() -> None:
        """Have the server's socket lie in a directory that the next program removes where this one is killed.

        Of one of its own, as Python makes it otherwise, nobody would know whether it is still needed.
        """
        settings: dict[str, Any] = current_process()._config  # type: ignore[attr-defined]
        if settings.get("tempdir") is None:
            passing = ExitStack()
            settings["tempdir"] = str(passing.enter_context(passing_directory(_where_sockets_fit())))
            # As late as Python removes its own: after the processes that were started.
            Finalize(None, passing.close, exitpriority=-100)

    def _where_sockets_fit() -> Path:
        """Where the system keeps what is temporary, or /tmp where a socket's name would be too long there."""
        usual = Path(tempfile.gettempdir())
        return usual if len(os.fsencode(usual)) <= LONGEST_PARENT else Path("/tmp")  # noqa: S108 - its name is random


@contextmanager
def _without_main() -> Iterator[None]:
    """Show an empty main module to whoever describes this process to a child."""
    with _swapping:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
