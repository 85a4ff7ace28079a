"""What must hold however everything went, told from the tables alone."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from chaos_ledger import GIVEN_BACK, ledger
from chaos_work import Step
from sqlalchemy import select

from kodit.domain.tasks.task import WORKER_SILENT
from kodit.infrastructure.sql.tables import runs, tasks

OVER = {"succeeded", "skipped", "dead", "cancelled"}
FIRST = {int(step) for step in (Step.READ, Step.POISON, Step.ERRAND, Step.ONE_HALF, Step.OTHER_HALF)}
DOOMED = {("broken", int(Step.LEFT)), ("poison", int(Step.POISON))}
"""Which tasks die, by the fate of their run and by their type; no other may."""

TOLERANCE = 0.25
"""Seconds by which clocks that follow the database's may be wrong."""


@dataclass(slots=True)
class Tables:
    """All rows at the end."""

    runs: dict
    tasks: dict
    ledger: list

    @property
    def by_task(self):
        found = defaultdict(list)
        for row in self.ledger:
            if row.task_id is not None:
                found[row.task_id].append(row)
        return found

    @property
    def by_run(self):
        found = defaultdict(list)
        for task in self.tasks.values():
            found[task.run_id].append(task)
        return found


async def read(database):
    async with database.read() as connection:
        return Tables(
            runs={row.id: row for row in await connection.execute(select(runs).order_by(runs.c.id))},
            tasks={row.id: row for row in await connection.execute(select(tasks).order_by(tasks.c.id))},
            ledger=list(await connection.execute(select(ledger).order_by(ledger.c.id))),
        )


def violations(tables, promised=()):
    """Every broken promise, in words; `promised` are the ids of the runs that somebody was told are stored."""
    by_task = tables.by_task
    found = [f"run {run_id} was acknowledged and is lost" for run_id in promised if run_id not in tables.runs]
    found += [f"task {task_id} is lost, its ledger is not" for task_id in by_task if task_id not in tables.tasks]
    for task in tables.tasks.values():
        found += [f"task {task.id}: {what}" for what in _Story(task).follow(by_task[task.id])]
        found += [f"task {task.id}: {what}" for what in _fate(task, tables.runs[task.run_id])]
    for run_id, of_run in tables.by_run.items():
        found += [f"run {run_id}: {what}" for what in _run(tables.runs[run_id], of_run, by_task)]
    return found + _keys(tables)


@dataclass(slots=True)
class _Story:
    """What happened to one task, row by row."""

    task: object
    holder: str | None = None
    attempt: int = 0
    until: float = 0.0
    end: str | None = None
    effects: Counter = field(default_factory=Counter)

    def follow(self, rows):
        for row in rows:
            if self.end is not None:
                yield f"{row.event} after it was {self.end}"
            yield from getattr(self, f"_{row.event}")(row)
        if self.task.state not in OVER:
            yield f"is {self.task.state} at the end"
        if self.task.state in {"succeeded", "dead"} and self.end != self.task.state:
            yield f"is {self.task.state}, which nobody noted: {self.end}"
        if self.task.state == "succeeded" and self.effects[self.holder] != 1:
            yield f"has {self.effects[self.holder]} effects of the attempt that succeeded"
        if self.task.attempts != self.attempt:
            yield f"counts {self.task.attempts} attempts of {self.attempt}"
        if self.attempt > self.task.max_attempts:
            yield f"was tried {self.attempt} times of {self.task.max_attempts}"

    def _claimed(self, row):
        if self.holder is not None:
            yield f"claimed by {row.owner} while it was leased"
        if row.attempt != self.attempt + 1:
            yield f"attempt {row.attempt} came after {self.attempt}"
        self.holder, self.attempt, self.until = row.token, row.attempt, row.until

    def _extended(self, row):
        if row.token != self.holder:
            yield f"lease of {row.owner} prolonged, which was over"
        self.until = row.until

    def _effect(self, row):
        self.effects[row.token] += 1
        if row.token != self.holder:
            yield f"effect of a stale lease by {row.owner}"
        if not row.in_order:
            yield "effect before what it needs had succeeded"

    def _settled(self, row):
        if row.token != self.holder:
            yield f"settled by {row.owner}, whose lease was over"
        if row.state in OVER:
            self.end = row.state
            return
        if row.reason == GIVEN_BACK:
            # The attempt does not count.
            self.attempt -= 1
        self.holder = None

    def _rescued(self, row):
        if self.holder is None:
            yield "taken over while nobody had it"
        if row.reason == WORKER_SILENT and row.at < self.until - TOLERANCE:
            yield f"taken over {self.until - row.at:.1f} s before the lease of {row.owner} ran out"
        self.holder = None
        if row.state in OVER:
            self.end = row.state


def _fate(task, run):
    doomed = (run.payload["fate"], int(task.type)) in DOOMED
    if task.state == "dead" and not doomed:
        yield f"died in a run that is {run.payload['fate']}"
    if task.state == "succeeded" and doomed:
        yield f"succeeded in a run that is {run.payload['fate']}"
    if task.state == "dead" and int(task.type) == Step.POISON and task.attempts != task.max_attempts:
        yield f"poison died after {task.attempts} attempts"


def _run(run, of_run, by_task):
    states = {task.state for task in of_run}
    expected = "failed" if "dead" in states else "cancelled" if "cancelled" in states else "completed"
    if run.state != expected:
        yield f"is {run.state} with tasks that are {sorted(states)}"
    of_type = {int(task.type): task for task in of_run}
    for task in of_run:
        needs = [of_type[need] for need in task.needs]
        began = min((row.id for row in by_task[task.id] if row.event != "asked"), default=None)
        for need in needs:
            done = [row.id for row in by_task[need.id] if row.event == "settled" and row.state == "succeeded"]
            if began is not None and not (done and done[0] < began):
                yield f"task {task.id} began before {need.id} had succeeded"
        if task.state == "cancelled" and not {need.state for need in needs} & {"dead", "cancelled"}:
            yield f"task {task.id} was cancelled for nothing"
        if began is None and task.state != "cancelled":
            yield f"task {task.id} is {task.state} and nobody touched it"


def _keys(tables):
    """Of one key one run is live at a time, and whoever asks gets one that begins afterwards."""
    of_key, rows, asked = defaultdict(list), defaultdict(list), defaultdict(list)
    for run in tables.runs.values():
        of_key[run.dedup_key].append(run.id)
    for row in tables.ledger:
        (asked if row.event == "asked" else rows)[row.run_id].append(row)
    first = {task.id for task in tables.tasks.values() if int(task.type) in FIRST}
    found = []
    for key, run_ids in of_key.items():
        last = 0
        for run_id in run_ids:
            ids = [row.id for row in rows[run_id]]
            if ids and min(ids) < last:
                found.append(f"{key}: run {run_id} began while another was live")
            last = max([last, *ids])
        claims = [row for run_id in run_ids for row in rows[run_id] if row.event == "claimed"]
        begun = [row.id for row in claims if row.task_id in first]
        late = [row.id for run_id in run_ids for row in asked[run_id] if row.id > max(begun, default=0)]
        found += [f"{key}: asked for in row {row_id}, and nothing began afterwards" for row_id in late]
    return found
