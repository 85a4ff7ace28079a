"""The worker of a program that answers, in a process of its own: requests share neither event loop nor interpreter."""

import asyncio
import base64
import json
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from kodit.application.condition import Attempted
from kodit.domain.errors import Unavailable

if TYPE_CHECKING:
    from kodit.settings import Settings

PROGRAM = "kodit.serving.worker_program"
STOP, ABANDON = b"stop\n", b"abandon\n"
"""What it is told: to end when what it has in hand has ended, or to give that back and end."""
BEGUN = b"begun\n"
"""What it tells once; whatever else it tells is an attempt that has ended, as JSON."""
FAREWELL = 10.0
"""Seconds that giving back may take. A lease runs out by itself, so that nothing is lost with who takes longer."""

log = structlog.get_logger(__name__)


class WorkerProcess:
    """Starts a worker, tells it to end, and counts what it has done.

    It ends with this process, however that ends: it reads from a pipe that is open for as long.
    """

    def __init__(self, settings: "Settings", attempted: Callable[[Attempted], None]) -> None:
        self._settings = settings
        self._attempted = attempted
        self._process: asyncio.subprocess.Process | None = None
        self._begun = False
        self._orders: list[bytes] = []
        self._ended = asyncio.Event()

    @property
    def is_starting(self) -> bool:
        """Whether it does not work yet."""
        return not self._begun

    async def run(self) -> None:
        """Run until `stop`. Raises Unavailable when it ends of its own accord."""
        if self._orders:
            return
        pipe = asyncio.subprocess.PIPE
        # Not what lies where somebody happens to be is run, but what is installed. Ctrl-C is for the server alone,
        # which says what becomes of it: one that is still importing would end with a trace.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", PROGRAM, stdin=pipe, stdout=pipe, start_new_session=True
        )
        try:
            # They hold secrets, which an argument or a variable would show to others.
            self._tell(base64.b64encode(pickle.dumps(self._settings)) + b"\n")
            for order in self._orders:
                self._tell(order)
            code = await self._followed(self._process)
        finally:
            self._ended.set()
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
        if not self._orders:
            raise Unavailable(f"the worker process ended by itself, with exit code {code}")

    def stop(self) -> None:
        """Have it claim nothing more, and end when what it has in hand has ended."""
        self._order(STOP)

    async def abandon(self) -> None:
        """Have it give back what it has in hand, and end."""
        self._order(ABANDON)
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._ended.wait(), FAREWELL)
        except TimeoutError:
            log.warning("the worker process did not end in time, and is killed")
            self._process.kill()

    async def _followed(self, process: asyncio.subprocess.Process) -> int:
        """Take what it tells until it has ended; gives its exit code."""
        assert process.stdout is not None  # noqa: S101 - asked for when it was started
        async for line in process.stdout:
            if line == BEGUN:
                self._begun = True
            else:
                self._attempted(Attempted(**json.loads(line)))
        return await process.wait()

    def _order(self, order: bytes) -> None:
        if order in self._orders:
            return
        is_first = not self._orders
        self._orders.append(order)
        if self._process is not None:
            self._tell(order)
            if is_first and self.is_starting:
                # It has nothing in hand, and would hear of the order only when it has imported everything. Where it
                # has begun meanwhile, this is an order to stop.
                with suppress(ProcessLookupError):
                    self._process.terminate()

    def _tell(self, line: bytes) -> None:
        assert self._process is not None  # noqa: S101
        assert self._process.stdin is not None  # noqa: S101
        # Where it is gone already, nobody needs to hear it.
        self._process.stdin.write(line)
