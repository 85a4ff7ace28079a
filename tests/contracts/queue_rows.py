"""Tasks, workers and controls as rows, for what only reads the queue."""

from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import insert

from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.sql.tables import controls, progress, runs, sources, tasks, workers

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OVER = {TaskState.SUCCEEDED, TaskState.SKIPPED, TaskState.DEAD, TaskState.CANCELLED}
numbers = count(1)


def a_task(state, kind=TaskType.SYNC, *, ready=NOON, started=None, took=None, ended=None, **changes):
    """One task's row; `took` is how many seconds its only attempt took until `ended`."""
    number = next(numbers)
    ended = (ended or NOON) if state in OVER else None
    if took is not None:
        started = ended - timedelta(seconds=took)
    return {
        "id": number,
        "run_id": number,
        "type": kind,
        "state": state,
        "priority": 10,
        "payload": {"index_id": 7},
        "needs": [],
        "dedup_key": f"key {number}",
        "place": "",
        "created_at": ready,
        "ready_at": ready,
        "attempts": 1 if state in OVER | {TaskState.RUNNING} else 0,
        "max_attempts": 4,
        "lease_owner": "machine-1-a" if state is TaskState.RUNNING else None,
        "lease_token": "token" if state is TaskState.RUNNING else None,
        "leased_until": NOON + MINUTE if state is TaskState.RUNNING else None,
        "cancel_requested": False,
        "errors": [],
        "note": None,
        "started_at": started or (NOON if state in OVER | {TaskState.RUNNING} else None),
        "finished_at": ended,
        "snoozes": 0,
    } | changes


def a_worker(owner="machine-1-a", *, started=NOON, seen=NOON, lease=MINUTE, **changes):
    about = {"machine": "machine", "host": "here", "pid": 17, "slots": 3}
    takes = {"types": tuple(TaskType), "places": ("", "machine")}
    moments = {"started_at": started, "seen_at": seen, "alive_until": seen + lease}
    return {"owner": owner} | about | takes | moments | changes


def a_step(task_id, step, position, state, *, started=NOON, current=0, total=None):
    return {
        "task_id": task_id,
        "step": step,
        "position": position,
        "state": state,
        "current": current,
        "total": total,
        "message": None,
        "started_at": started,
        "updated_at": started,
    }


async def store(database, *rows):
    """Tasks with the runs and the source that they are of."""
    async with database.write() as connection:
        source = {"id": 7, "name": "shop", "kind": "directory", "location": "/shop", "created_at": NOON}
        await connection.execute(insert(sources).values(source))
        run = {
            "pipeline": "code",
            "payload": {},
            "priority": 10,
            "counts": {},
            "state": "processing",
            "created_at": NOON,
        }
        for row in rows:
            await connection.execute(insert(runs).values(run | {"id": row["run_id"], "dedup_key": row["dedup_key"]}))
            await connection.execute(insert(tasks).values(row))


async def add(database, *, workers_=(), paused=(), steps=()):
    """What there is besides tasks; `paused` are the numbers of types."""
    held = [{"type": number, "paused": True, "most": None} for number in paused]
    async with database.write() as connection:
        for table, rows in ((workers, workers_), (controls, held), (progress, steps)):
            for row in rows:
                await connection.execute(insert(table).values(row))
