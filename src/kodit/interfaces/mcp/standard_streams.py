"""Messages over stdin and stdout, a line each."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, cast

import anyio
from mcp.server.stdio import stdio_server

if TYPE_CHECKING:
    from mcp.shared._stream_protocols import ReadStream, WriteStream
    from mcp.shared.message import SessionMessage


class LinesFrom:
    """The lines of a file, read by a thread that nobody has to wait for.

    Reading stdin cannot be interrupted: a server that waits in the usual way could not end before its client does.
    """

    def __init__(self, file: TextIOWrapper) -> None:
        self._file = file
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def __aiter__(self) -> AsyncIterator[str]:
        """Each line, until there are no more."""
        while line := await self._lines.get():
            yield line

    def end(self) -> None:
        """Give no more, whatever is still to come."""
        self._lines.put_nowait("")

    def _read(self) -> None:
        try:
            for line in self._file:
                self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
            self._loop.call_soon_threadsafe(self._lines.put_nowait, "")
        except (RuntimeError, ValueError, OSError):
            # The loop has ended, or the file was closed: nobody waits for another line.
            return


@asynccontextmanager
async def standard_streams() -> AsyncIterator[
    tuple["ReadStream[SessionMessage | Exception]", "WriteStream[SessionMessage]"]
]:
    """What a client and this process say to each other.

    While it is open, nothing else comes near it: whatever reads stdin finds its end, and whatever writes to stdout
    writes to stderr.
    """
    private = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # It is never closed, because the thread may still read from it.
    lines = LinesFrom(TextIOWrapper(os.fdopen(private, "rb", closefd=False), encoding="utf-8", errors="replace"))
    sys.stdout.flush()
    async with stdio_server(stdin=cast("anyio.AsyncFile[str]", lines)) as (read, write):
        try:
            yield read, write
        finally:
            lines.end()
            await write.aclose()
