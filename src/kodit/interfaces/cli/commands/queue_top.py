"""`kodit queue top`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import examples
from kodit.interfaces.cli.commands.queue import group
from kodit.interfaces.cli.rendering.streams import is_terminal, say
from kodit.interfaces.cli.running import Signals, invocation_of, run

if TYPE_CHECKING:
    import asyncio

    from rich.console import Console

    from kodit.application.engine import Kodit
    from kodit.application.tasks.queue_view import QueueBoard

ROWS = 50
"""Tasks of each list that are asked for: no terminal has room for more of them."""
REST = 4
"""A queue that is slow to tell is left alone for so many times as long as it took."""
PIPED = 120
"""Characters of a line that no terminal shows."""


def register(_app: typer.Typer) -> None:
    """Add the command to those of the queue."""
    lines = ("kodit queue top", "kodit queue top --interval 5", "kodit queue top --once")
    group.command(name="top", epilog=examples(*lines))(top)


def top(
    context: typer.Context,
    interval: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, max=86_400, help="How often to look.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Show it once and exit, as into a pipe.")] = False,
) -> None:
    """Watch the queue as it works, until q or Ctrl-C.

    That is what runs, waits, is tried again and died, and what is wrong.
    """

    invocation = invocation_of(context)
    if once or not is_terminal():
        board = invocation.asking(lambda engine: engine.overview.board(limit=ROWS))
        _print(board)
        return

    async def watched() -> None:
        async with invocation.opened(invocation.settings()) as engine:
            await _watched(engine, interval)

    run(watched(), signals=False)


def _print(board: "QueueBoard") -> None:
    from rich.console import Console

    from kodit.interfaces.cli.rendering.queue_frame import frame

    console = Console() if is_terminal() else Console(width=PIPED, color_system=None)
    picture = frame(board, width=console.width)
    if is_terminal():
        console.print(picture)
        return
    with console.capture() as drawn:
        console.print(picture)
    for line in drawn.get().splitlines():
        say(line.rstrip())


async def _watched(engine: "Kodit", interval: float) -> None:
    import asyncio

    from rich.console import Console

    asked_to_stop = asyncio.Event()
    Signals(asked_to_stop.set)
    with _keys(asked_to_stop):
        showing = asyncio.create_task(_show(engine, interval, Console()))
        stopping = asyncio.create_task(asked_to_stop.wait())
        await asyncio.wait({showing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (showing, stopping):
            task.cancel()
        ends = await asyncio.gather(showing, stopping, return_exceptions=True)
    if isinstance(ends[0], Exception):
        raise ends[0]


async def _show(engine: "Kodit", interval: float, console: "Console") -> None:
    """Draw until cancelled. What cannot be read now is said above what was read last."""
    import asyncio
    import time

    from rich.live import Live

    from kodit.domain.errors import TransientError
    from kodit.interfaces.cli.rendering.queue_frame import frame

    board: QueueBoard | None = None
    with Live(console=console, screen=True, auto_refresh=False, transient=True) as live:
        while True:
            began = time.monotonic()
            trouble = None
            try:
                board = await engine.overview.board(limit=ROWS)
            except TransientError as error:
                trouble = str(error)
            took = time.monotonic() - began
            if board is not None:
                width, height = console.size
                live.update(frame(board, width=width, height=height, trouble=trouble), refresh=True)
            elif trouble is not None:
                live.update(trouble, refresh=True)
            await asyncio.sleep(max(interval - took, took * REST))


@contextmanager
def _keys(asked_to_stop: "asyncio.Event") -> Iterator[None]:
    """Listen to the keyboard while the block runs, without echo; the terminal is left as it was."""
    if not sys.stdin.isatty() or sys.platform == "win32":
        yield
        return
    import asyncio
    import os
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    loop = asyncio.get_running_loop()

    def pressed() -> None:
        # Nothing at all is a terminal that is gone.
        if os.read(keyboard, 64) in (b"", b"q", b"Q"):
            asked_to_stop.set()

    tty.setcbreak(keyboard)
    loop.add_reader(keyboard, pressed)
    try:
        yield
    finally:
        loop.remove_reader(keyboard)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
