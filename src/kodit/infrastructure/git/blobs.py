"""Reads many blobs through one git process."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self, cast

from kodit.domain.errors import Unavailable
from kodit.infrastructure.git.mirror import Mirror

_IDS_AT_ONCE = 256


class BlobReader:
    """Gives the content of each of `ids`, in order, inside an `async with`."""

    def __init__(self, mirror: Mirror, ids: Sequence[str]) -> None:
        self._mirror = mirror
        self._ids = ids
        self._git = mirror.git.conversation("cat-file", "--batch", mirror=mirror.path)

    async def __aenter__(self) -> Self:
        """Start git. It is asked for all blobs while the first answers are read: either pipe may be full."""
        process = await self._git.__aenter__()
        self._stdout = cast("asyncio.StreamReader", process.stdout)
        self._asking = asyncio.create_task(_ask(process, self._ids))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """End git, whether or not everything was read."""
        try:
            self._asking.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await self._asking
        finally:
            await self._git.__aexit__(kind, error, at)

    async def next(self) -> bytes | None:
        """The next blob; None for one that the mirror lacks. Raises Unavailable when git has stopped."""
        try:
            # `<id> <type> <size>`, a line feed, the content, a line feed; or `<id> missing`.
            header = await self._stdout.readuntil(b"\n")
            if header.endswith(b" missing\n"):
                return None
            size = int(header.rsplit(b" ", 1)[1])
            return (await self._stdout.readexactly(size + 1))[:-1]
        except (asyncio.IncompleteReadError, ValueError) as error:
            raise Unavailable(f"git stopped while it read the mirror of {self._mirror.location}.") from error


async def _ask(process: Process, ids: Sequence[str]) -> None:
    stdin = cast("asyncio.StreamWriter", process.stdin)
    for start in range(0, len(ids), _IDS_AT_ONCE):
        stdin.write("".join(f"{blob}\n" for blob in ids[start : start + _IDS_AT_ONCE]).encode("ascii"))
        await stdin.drain()
