"""The processes of a trial: started, watched, and started again when they end."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from chaos_process import GAVE_UP
from chaos_work import POISONED

from kodit.domain.tasks.task import WORKER_DIED

PROGRAM = Path(__file__).with_name("chaos_process.py")
EXPECTED = {0: "left", -signal.SIGTERM: "left", -signal.SIGKILL: "killed", POISONED: "poisoned", GAVE_UP: "gave up"}
"""What the exit status of a process says that ended as it may."""
WATCH_SECONDS = 0.05


@dataclass(slots=True)
class Member:
    """One place in the crew, and the process that fills it now."""

    role: str
    setup: object
    process: subprocess.Popen | None = None
    log: Path | None = None
    stopped: bool = False

    def is_present(self):
        """Whether it has told others of its machine that it is there."""
        return any(Path(self.setup.directory).glob(f"*-{self.process.pid}-*"))


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
        return [one for one in running if one.is_present()] or running

    async def at_work(self, patience=60):
        """Wait until all workers are there."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            running = [one for one in self.workers() if one.is_present()]
            if len(running) == sum(one.role == "work" for one in self.members):
                return
            await asyncio.sleep(WATCH_SECONDS)

    async def watch(self):
        """Start whoever is missing, until cancelled."""
        while True:
            for member in self.members:
                if member.process is None:
                    self._start(member)
                elif member.process.poll() is not None:
                    self._bury(member)
            await asyncio.sleep(WATCH_SECONDS)

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

    async def leave(self, role, what, patience=60):
        """Have all of a role end, and none of them started again."""
        gone = [one for one in self.members if one.role == role and one.process]
        self.members = [one for one in self.members if one.role != role]
        for member in gone:
            self.signal(member, signal.SIGCONT)
            self.signal(member, what)
        until = time.monotonic() + patience
        for member in gone:
            while member.process.poll() is None:
                if time.monotonic() > until:
                    self.crashes.append(f"{role} {member.process.pid} does not end")
                    member.process.kill()
                await asyncio.sleep(WATCH_SECONDS)
            self._bury(member)

    def kill_all(self):
        """Nothing of this crew goes on."""
        for member in self.members:
            if member.process is not None:
                with suppress(ProcessLookupError):
                    member.process.kill()
                member.process.wait()

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
            member.process = subprocess.Popen([sys.executable, PROGRAM, member.role, setup], stdout=log, stderr=log)
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
