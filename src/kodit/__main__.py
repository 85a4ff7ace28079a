"""`kodit`, and `python -m kodit`."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from kodit.interfaces.cli.programs import Ready
    from kodit.settings import Settings

LIBRARIES = {"OPENBLAS_NUM_THREADS": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
"""How libraries that look at the environment when they are imported shall behave in a process that is all kodit's.

Searches scan one matrix in each of several threads already: threads of numpy's own gain nothing then, and waiting for
work they burn a fifth of a short command's time. pydantic looks through every installed package for plugins."""

UNUSED = ("rich",)
"""Libraries that others load where they find them, which programs that only answer have no use for: structlog would
draw traces by this one. It takes a tenth of the time to start."""


def main() -> int:
    """Run the command line; gives the exit code."""
    for name, value in LIBRARIES.items():
        os.environ.setdefault(name, value)
    from kodit.interfaces.cli.app import run
    from kodit.interfaces.cli.programs import Programs

    return run(sys.argv[1:], Programs(serve=_serve, speak=_speak))


async def _serve(settings: "Settings", asked_to_stop: "asyncio.Event", ready: "Ready") -> None:
    _prepare(settings)
    from kodit.serving.program import serve

    await serve(settings, asked_to_stop, ready)


async def _speak(settings: "Settings", asked_to_stop: "asyncio.Event", ready: "Callable[[], None]") -> None:
    _prepare(settings)
    from kodit.serving.session_program import speak

    await speak(settings, asked_to_stop, ready)


def _prepare(settings: "Settings") -> None:
    for library in UNUSED:
        # Importing it fails from now on, as where it is not installed.
        sys.modules.setdefault(library, None)  # type: ignore[arg-type]
    from kodit.bootstrap import start_logs

    start_logs(settings)


if __name__ == "__main__":
    sys.exit(main())
