"""`kodit`, and `python -m kodit`."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from kodit.interfaces.cli.programs import Ready
    from kodit.settings import Settings

LIBRARIES = {"OPENBLAS_NUM_THREADS": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
"""How libraries that look at the environment when they are imported shall behave in a process that is all kodit's.

Searches scan one matrix in each of several threads already: threads of numpy's own gain nothing then, and waiting for
work they burn a fifth of a short command's time. pydantic looks through every installed package for plugins."""


def main() -> int:
    """Run the command line; gives the exit code."""
    for name, value in LIBRARIES.items():
        os.environ.setdefault(name, value)
    from kodit.interfaces.cli.app import run
    from kodit.interfaces.cli.programs import Programs

    return run(sys.argv[1:], Programs(serve=_serve, speak=_speak))


async def _serve(settings: "Settings", asked_to_stop: "asyncio.Event", ready: "Ready") -> None:
    from kodit.serving.program import serve

    await serve(settings, asked_to_stop, ready)


async def _speak(settings: "Settings", asked_to_stop: "asyncio.Event") -> None:
    from kodit.interfaces.mcp.program import speak

    await speak(settings, asked_to_stop)


if __name__ == "__main__":
    sys.exit(main())
