"""Power cuts: what a disk may hold of a SQLite database whose machine goes dark at some moment.

Every process is stopped, the files are copied, and everybody goes on for a while. What was acknowledged before the copy
has been flushed to the disk; of what came after it, and of the claims before it that nobody waits for, the disk holds
any part of the write-ahead log: up to a commit, up to any byte, or with a sector missing that was written out of order.
"""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import struct
from dataclasses import dataclass

from chaos_crew import PATIENCE, Crew, Member
from chaos_invariants import read, violations
from chaos_process import ENDINGS, wakeups_for, work

from kodit.infrastructure.filesystem.presence import LockedPresence
from kodit.infrastructure.sql.database import Database

HEADER, FRAME_HEADER, SECTOR = 32, 24, 512
EFFECTS = 20
"""Between the last moment that is certainly on the disk and the power cut."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A database and its log at one moment, and what was acknowledged by then."""

    database: bytes
    log: bytes
    runs: frozenset[int]
    effects: frozenset[tuple[int, str]]

    @property
    def commits(self):
        """Where each transaction in the log ends, in bytes; those of an earlier use of the file do not count."""
        if len(self.log) < HEADER:
            return []
        page = struct.unpack_from(">I", self.log, 8)[0]
        salts, ends = self.log[16:24], []
        for start in range(HEADER, len(self.log) - FRAME_HEADER - page + 1, FRAME_HEADER + page):
            if self.log[start + 8 : start + 16] != salts:
                break
            if struct.unpack_from(">I", self.log, start + 4)[0]:
                ends.append(start + FRAME_HEADER + page)
        return ends

    def continues(self, earlier):
        """Whether its log is the earlier one with more at its end."""
        return self.log[:HEADER] == earlier.log[:HEADER] and len(self.commits) > len(earlier.commits) > 0


async def power_cuts(home, directory, *, seed, cuts):
    """Cut the power so many times; gives for each what was broken, by the cut."""
    found = {}
    async with home.open():
        before, after = await _two_moments(home, directory, seed)
    certain = _certain(before, directory / "certain")
    for number, (name, log) in enumerate(_logs(certain, after, random.Random(seed), cuts)):
        place = directory / f"cut-{number}"
        _write(place, before.database, log)
        (place / "machine").mkdir()
        for file in [directory / "machine" / "machine", *(directory / "machine").glob("*.lock")]:
            shutil.copy(file, place / "machine")
        found[name] = await _after_the_cut(type(home)(place), place, before)
    return found


async def _two_moments(home, directory, seed):
    """Moments with work in between, and without the log having begun anew."""
    roles = ("work", "work", "enqueue")
    members = [
        Member(
            role,
            home.setup(
                number,
                directory=str(directory / "machine"),
                acknowledged=str(directory / f"{role}-{number}.acknowledged"),
                seed=seed,
                backlog=10,
                calm=True,
            ),
        )
        for number, role in enumerate(roles)
    ]
    crew = Crew(directory, members)
    async with crew.complete(), wakeups_for(members[0].setup, ENDINGS) as endings:
        await crew.at_work()
        before = after = None
        while before is None or not after.continues(before):
            before = _moment(crew, directory)
            while len(_acknowledged(directory, "work")) < len(before.effects) + EFFECTS:
                await endings.wait(PATIENCE)
            after = _moment(crew, directory)
        return before, after


def _moment(crew, directory):
    running = [member for member in crew.members if member.process]
    for member in running:
        crew.signal(member, signal.SIGSTOP)
        os.waitid(os.P_PID, member.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    runs = _acknowledged(directory, "enqueue")
    effects = _acknowledged(directory, "work")
    log = directory / "kodit.db-wal"
    disk = Disk(
        (directory / "kodit.db").read_bytes(),
        log.read_bytes() if log.exists() else b"",
        frozenset(int(run) for [run] in runs),
        frozenset((int(task), token) for task, token in effects),
    )
    for member in running:
        crew.signal(member, signal.SIGCONT)
    return disk


def _acknowledged(directory, role):
    return [line.split() for file in directory.glob(f"{role}-*.acknowledged") for line in file.read_text().splitlines()]


def _certain(disk, place):
    """The first commit in the log with which all is there that was acknowledged."""
    certain = disk.commits[-1]
    for at in reversed(disk.commits[:-1]):
        _write(place, disk.database, disk.log[:at])
        with contextlib.closing(sqlite3.connect(place / "kodit.db")) as connection:
            runs = {run for [run] in connection.execute("SELECT id FROM runs")}
            if not (disk.runs <= runs and disk.effects <= _effects(connection)):
                break
        certain = at
    return certain


def _write(place, database, log):
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / "kodit.db").write_bytes(database)
    (place / "kodit.db-wal").write_bytes(log)


def _effects(connection):
    return set(connection.execute("SELECT task_id, token FROM ledger WHERE event = 'effect'"))


def _logs(certain, after, chance, cuts):
    """What the disk may hold beyond the certain part, each with its name; at first nothing."""
    end = after.commits[-1]
    later = [one for one in after.commits if one >= certain]
    for number in range(cuts):
        if number % 3 == 0:
            at = chance.choice(later) if number else certain
            yield f"up to the commit at {at} of {certain}-{end}", after.log[:at]
        elif number % 3 == 1:
            at = chance.randrange(certain, end)
            yield f"up to byte {at} of {certain}-{end}", after.log[:at]
        else:
            at = -(-chance.randrange(certain, end) // SECTOR) * SECTOR
            torn = after.log[:at] + bytes(SECTOR) + after.log[at + SECTOR :]
            yield f"without the sector at {at} of {certain}-{end}", torn


async def _after_the_cut(home, place, before):
    """Start a worker on what is left; what is broken once the queue is empty."""
    with contextlib.closing(sqlite3.connect(place / "kodit.db")) as connection:
        [[sound]] = connection.execute("PRAGMA integrity_check")
        stored = _effects(connection)
    broken = [] if sound == "ok" else [sound]
    broken += [f"effect of task {task} was acknowledged and is lost" for task, _ in before.effects - stored]
    setup = home.setup(0, directory=str(place / "machine"), acknowledged="", seed=0)
    await work(setup, drain=True, presence=LockedPresence)
    database = Database(home.url)
    tables = await read(database)
    await database.close()
    return broken + violations(tables, before.runs)
