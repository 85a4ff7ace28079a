"""How kodit starts processes: from a clean server, and without running the caller's program again."""

import multiprocessing
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from types import ModuleType
from typing import Any

_swapping = threading.Lock()


def process_context(preload: Sequence[str]) -> BaseContext:
    """A context for process pools whose children have imported `preload` and nothing else.

    Python gives each child the caller's main module, which would run a script without an `if __name__` guard once
    more, and fails for code typed into a prompt or a notebook. kodit's children never need it.
    """
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    # Never fork this process: it runs threads and holds database connections. The server has neither, and replaces a
    # killed child in a tenth of the time that a new interpreter takes.
    context = _MainlessContext()
    context.set_forkserver_preload(list(preload))
    return context


if sys.platform != "win32":
    from multiprocessing.context import ForkServerContext, ForkServerProcess

    class _MainlessProcess(ForkServerProcess):
        @staticmethod
        def _Popen(process_obj: Any) -> Any:  # noqa: N802 - multiprocessing's own name
            with _without_main():
                return ForkServerProcess._Popen(process_obj)

    class _MainlessContext(ForkServerContext):
        Process = _MainlessProcess


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
