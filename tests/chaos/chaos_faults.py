"""What goes wrong, in an order that a seed decides.

A fault lasts for a while, and there is a while between two: that is all that anybody sleeps for here.
"""

import asyncio
import random
import signal
from collections import Counter

from chaos_work import LEASE

BEYOND = LEASE.total_seconds()
ANYWHERE = ("kill", "kill", "kill", "stop", "stop", "stop", "leave", "kill who enqueues")
"""A round of faults, wherever the queue lives."""
AT_HOME = {
    "SQLite": ("hold the write lock",),
    "PostgreSQL": ("cut", "freeze", "freeze and cut", "hang up", "restart", "crash"),
}
SLOW = {"SQLite": ("stop for long",), "PostgreSQL": ("stop for long", "mute")}
"""Faults that take half a minute to get over."""


class Faults:
    """Inflicts one fault after another on a crew and its home. `schedule` says which, when and on whom."""

    def __init__(self, crew, home, seed, *, slow=False):
        self._crew = crew
        self._home = home
        self._chance = random.Random(seed)
        self._kinds = [*ANYWHERE, *AT_HOME[home.name], *(SLOW[home.name] if slow else ())]
        self._under_way = set()
        self.counts = Counter()
        self.schedule = []

    async def round(self, pause):
        """Every kind of fault, with pauses of about so many seconds."""
        for kind in self._chance.sample(self._kinds, len(self._kinds)):
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
            about = await getattr(self, "_" + kind.replace(" ", "_"))()
            self.counts[kind] += 1
            self.schedule.append(f"{asyncio.get_running_loop().time():.2f} {kind} {about or ''}")

    async def over(self):
        """Let everything heal."""
        await asyncio.gather(*self._under_way)

    async def _kill(self):
        return self._tell(self._chance.choice, signal.SIGKILL)

    async def _leave(self):
        # The one that is longest at it certainly has work to give back.
        return self._tell(lambda running: min(running, key=lambda one: one.process.pid), signal.SIGTERM)

    def _tell(self, choose, what):
        if running := self._crew.workers():
            member = choose(running)
            self._crew.signal(member, what)
            return member.process.pid
        return "nobody"

    async def _stop(self, seconds=None):
        if not (running := self._crew.workers()):
            return "nobody"
        member = self._chance.choice(running)
        process = member.process
        self._crew.signal(member, signal.SIGSTOP)
        seconds = seconds or BEYOND * self._chance.uniform(2, 5)

        async def wake():
            await asyncio.sleep(seconds)
            if member.process is process:
                self._crew.signal(member, signal.SIGCONT)

        self._later(wake())
        return f"{process.pid} for {seconds:.1f} s"

    def _stop_for_long(self):
        # Longer than PostgreSQL lets a transaction be idle.
        return self._stop(35)

    async def _kill_who_enqueues(self):
        member = self._chance.choice([one for one in self._crew.members if one.role == "enqueue"])
        self._crew.signal(member, signal.SIGKILL)

    async def _hold_the_write_lock(self):
        self._later(asyncio.to_thread(self._home.hold, BEYOND * self._chance.uniform(0.3, 1.2)))

    async def _cut(self):
        for line in self._some_lines():
            line.cut()

    async def _freeze(self, after="thaw"):
        lines, seconds = self._some_lines(), BEYOND * self._chance.uniform(0.5, 2)
        for line in lines:
            line.freeze()

        async def end():
            await asyncio.sleep(seconds)
            for line in lines:
                getattr(line, after)()

        self._later(end())
        return f"{len(lines)} for {seconds:.1f} s"

    def _freeze_and_cut(self):
        return self._freeze("cut")

    async def _mute(self):
        for line in self._some_lines():
            line.mute()

    async def _hang_up(self):
        await self._home.hang_up(self._chance.choice((0.3, 1)))

    def _restart(self):
        return self._home.restart()

    def _crash(self):
        return self._home.restart(signal.SIGQUIT)

    def _some_lines(self):
        share = self._chance.choice((0.2, 0.5, 1))
        return [line for line in self._home.proxy.lines if self._chance.random() < share]

    def _later(self, what):
        task = asyncio.ensure_future(what)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
