"""The processes of a trial: started, watched, and started again when they end."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from chaos_process import GAVE_UP, HERE
from chaos_work import POISONED

from kodit.domain.tasks.task import WORKER_DIED

PROGRAM = Path(__file__).with_name("chaos_process.py")
EXPECTED = {0: "left", -signal.SIGTERM: "left", -signal.SIGKILL: "killed", POISONED: "poisoned", GAVE_UP: "gave up"}
"""What the exit status of a process says that ended as it may."""
PATIENCE = 90
"""Seconds that something may take which nothing keeps from happening."""


@dataclass(slots=True, eq=False)
class Member:
    """One place in the crew, and the process that fills it now.

    `is_present` is set once that has told others of its machine that it is there. `kept` is what fills the place.
    """

    role: str
    setup: object
    process: subprocess.Popen | None = None
    log: Path | None = None
    stopped: bool = False
    is_present: asyncio.Event = field(default_factory=asyncio.Event)
    kept: asyncio.Task | None = None


@dataclass(slots=True)
class Crew:
    """`halted_at` tells when a process was last stopped or had ended, `died_at` the latter alone, by its id."""

    directory: Path
    members: list[Member]
    exits: Counter = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    halted_at: dict[int, float] = field(default_factory=dict)
    died_at: dict[int, float] = field(default_factory=dict)
    starts: int = 0

    def workers(self):
        """Those that run now; those that are at work already, if there are any."""
        running = [one for one in self.members if one.role == "work" and one.process and not one.stopped]
        return [one for one in running if one.is_present.is_set()] or running

    async def at_work(self):
        """Wait until all workers are there."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                for member in self.members:
                    if member.role == "work":
                        await member.is_present.wait()

    @asynccontextmanager
    async def complete(self):
        """Whoever is missing is started while the block runs; then nothing of this crew goes on."""
        everybody = list(self.members)
        # Each has a thread that waits for its end.
        with ThreadPoolExecutor(len(everybody)) as attending:
            for member in everybody:
                member.kept = asyncio.create_task(self._keep(member, attending))
            try:
                yield
            finally:
                for member in everybody:
                    member.kept.cancel()
                    if member.process is not None:
                        member.process.kill()
                await asyncio.gather(*(member.kept for member in everybody), return_exceptions=True)

    async def _keep(self, member, attending):
        while member in self.members:
            self._start(member)
            loop = asyncio.get_running_loop()
            present = partial(loop.call_soon_threadsafe, member.is_present.set)
            await loop.run_in_executor(attending, _attend, member.process, present)
            self._bury(member)

    def signal(self, member, what):
        """Send a signal, and note when it keeps the process from working."""
        if member.process is None or member.process.poll() is not None:
            return
        if what in (signal.SIGKILL, signal.SIGSTOP):
            self.halted_at[member.process.pid] = time.time()
        if what == signal.SIGKILL:
            self.died_at[member.process.pid] = time.time()
        member.stopped = what == signal.SIGSTOP
        member.process.send_signal(what)

    async def leave(self, role, what):
        """Have all of a role end, and none of them started again."""
        gone = [one for one in self.members if one.role == role]
        self.members = [one for one in self.members if one.role != role]
        for member in gone:
            self.signal(member, signal.SIGCONT)
            self.signal(member, what)
        _, late = await asyncio.wait([member.kept for member in gone], timeout=PATIENCE)
        for member in gone:
            if member.kept in late:
                self.crashes.append(f"{role} {member.process.pid} does not end")
                member.process.kill()
        await asyncio.gather(*(member.kept for member in gone))

    def wronged(self, rows):
        """Those whose tasks were taken because they were dead, while they were alive."""
        for row in rows:
            if row.event == "rescued" and row.reason == WORKER_DIED:
                process = int(row.owner.split("-")[1])
                if row.at < self.died_at.get(process, float("inf")) - 1:
                    yield f"task {row.task_id}: {row.owner} was declared dead at {row.at}"

    def _start(self, member):
        self.starts += 1
        setup = json.dumps(asdict(member.setup))
        # A file for each process: what it says last is read when it ends.
        with (self.directory / f"{member.role}-{self.starts}.log").open("wb") as log:
            command = [sys.executable, PROGRAM, member.role, setup]
            member.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        member.stopped = False
        member.log = Path(log.name)

    def _bury(self, member):
        status, pid = member.process.returncode, member.process.pid
        self.halted_at.setdefault(pid, time.time())
        self.died_at.setdefault(pid, time.time())
        self.exits[EXPECTED.get(status, "crashed")] += 1
        if status not in EXPECTED:
            self.crashes.append(f"{member.role} {pid} ended with {status}: {member.log.read_text()[-2000:]}")
        member.process = None
        member.is_present.clear()


def _attend(process, present):
    """Wait until a process has ended; tell when it says that it is there."""
    with process.stdout:
        if process.stdout.readline() == HERE.encode():
            present()
        process.wait()
