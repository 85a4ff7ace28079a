"""The end of runs that have a single task, as most queues know no others: written without a look at them before.

The domain says which endings need none; the statement itself sees that nothing has happened to the rows that would
make a difference. What it leaves out is looked at as everything else is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.claim import Ending
from kodit.domain.tasks.moves import is_whole_end
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import NO_LEASE, TaskState
from kodit.infrastructure.sql.prepared import Prepared, one_among, one_of
from kodit.infrastructure.sql.tables import runs, tasks

_NOW = bindparam("now", type_=tasks.c.finished_at.type)


def _locked(*, waits: bool) -> tuple[CTE, CTE]:
    """The runs with the `run_ids` and their tasks, without those that somebody else holds unless it `waits` for them.

    All that is settled together is locked here, as RunStore does it: runs before tasks, both in the order of their ids.
    """
    given = select(runs.c.id, runs.c.again).where(one_of(runs.c.id, "run_ids")).order_by(runs.c.id)
    of_runs = given.with_for_update(skip_locked=not waits).cte("locked_runs")
    # The second condition has them locked in this order, the first has them found by the index.
    theirs = one_of(tasks.c.run_id, "run_ids"), one_among(tasks.c.run_id, select(of_runs.c.id))
    given = select(tasks.c.id, tasks.c.run_id, tasks.c.lease_token).where(*theirs).order_by(tasks.c.id)
    return of_runs, given.with_for_update(skip_locked=not waits).cte("locked_tasks")


_runs, _tasks = _locked(waits=True)
_of_one_task = (
    select(_runs.c.id)
    .join(_tasks, _tasks.c.run_id == _runs.c.id)
    .where(_runs.c.again.is_(None))
    .group_by(_runs.c.id)
    .having(func.count() == literal_column("1"))
)
_TOKEN = bindparam("ended_token", type_=tasks.c.lease_token.type)


def ending_tasks(*if_: ColumnElement[bool]) -> Any:
    """Ends the tasks with the `ids`."""
    changed = update(tasks).where(one_of(tasks.c.id, "ids"), *if_)
    return changed.values(state=TaskState.SUCCEEDED, finished_at=_NOW, note=None, **NO_LEASE)


def ending_runs(*some: ColumnElement[bool]) -> Any:
    """Ends some runs with their tasks."""
    # A claim that found the run locked has left it to whoever comes next to show that it has begun.
    began = func.coalesce(runs.c.started_at, _NOW)
    return update(runs).where(*some).values(state=RunState.COMPLETED, started_at=began, finished_at=_NOW)


def all_are_sole() -> ColumnElement[bool]:
    """Locks the runs with the `run_ids`, so `many`, and their tasks; tells whether each can be ended with its task.

    None that somebody else holds can.
    """
    of_runs, of_tasks = _locked(waits=False)
    many = bindparam("many", type_=Integer)
    unasked = select(func.count() == many).where(of_runs.c.again.is_(None)).scalar_subquery()
    # Counted without a lock, which passes over what somebody else holds.
    all_tasks = select(func.count() == many).where(one_of(tasks.c.run_id, "run_ids")).scalar_subquery()
    is_one_each = (func.count() == many) & (func.count(of_tasks.c.run_id.distinct()) == many)
    are_ours = func.count().filter(of_tasks.c.lease_token == _TOKEN) == many
    return unasked & all_tasks & select(is_one_each & are_ours).select_from(of_tasks).scalar_subquery()


_ending = ending_tasks(
    one_among(tasks.c.run_id, _of_one_task),
    # Told by nothing else, because of a state PostgreSQL would ask the index of all that run.
    tasks.c.lease_token == _TOKEN,
).returning(tasks.c.id, tasks.c.run_id)
_END_TASKS, _END_RUNS = Prepared(_ending), Prepared(ending_runs(one_of(runs.c.id, "run_ids")))
_ended = _ending.cte("ended")
_END_BOTH = Prepared(
    select(*_ended.c).add_cte(ending_runs(one_among(runs.c.id, select(_ended.c.run_id))).cte("runs_ended"))
)
"""For a database that changes several tables in a statement."""


async def end_sole_tasks(connection: AsyncConnection, endings: Sequence[Ending], *, now: datetime) -> Sequence[Ending]:
    """End those that are the only task of a run and need no look, with their runs; gives back the others.

    Only those of one claim, because it is by its token that a lease is known.
    """
    whole = [one for one in endings if is_whole_end(one, now=now)]
    token = whole[0].claimed.lease_token if whole else None
    mine = [one.claimed for one in whole if one.claimed.lease_token == token]
    if not mine:
        return endings
    run_ids = sorted({one.claimed.run_id for one in endings})
    given = {"ids": [task.id for task in mine], "run_ids": run_ids, "ended_token": token, "now": now}
    if connection.dialect.name == "postgresql":
        found = await _END_BOTH.rows(connection, given)
    elif found := await _END_TASKS.rows(connection, given):
        await _END_RUNS.once(connection, {"run_ids": [run_id for _, run_id in found], "now": now})
    ended = {task_id for task_id, _ in found}
    return [one for one in endings if one.claimed.lease_token != token or one.claimed.id not in ended]
