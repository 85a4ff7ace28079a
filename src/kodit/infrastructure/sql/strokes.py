"""A worker's turn as one statement, for a database to which statements travel.

It ends what ended, claims what comes next and is committed by itself; or it does nothing, where anything is as most
turns do not find it, and has to be looked at.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.claim import Demand, Ending
from kodit.domain.tasks.moves import is_whole_end
from kodit.domain.tasks.task import Lease, Task
from kodit.infrastructure.sql.claiming import IS_DUE, NOW, begun, best, leased, look, order
from kodit.infrastructure.sql.prepared import Prepared, one_among, one_of
from kodit.infrastructure.sql.sole_tasks import all_are_sole, ending_runs, ending_tasks
from kodit.infrastructure.sql.tables import controls, progress, runs
from kodit.infrastructure.sql.task_rows import task_of
from kodit.infrastructure.sql.turns import Turn, key_of

_nothing_held_back = ~select(controls.c.type).exists()


async def settle_and_claim(
    connection: AsyncConnection, endings: Sequence[Ending], lease: Lease, demand: Demand, *, now: datetime
) -> list[Task] | None:
    """What is claimed once all of `endings` are settled; None where nothing was done.

    Nothing is done where a task is due, something is held back, an ending is not that of a run's only task, or somebody
    else claims at this moment or holds what is to be ended.
    """
    if connection.dialect.name != "postgresql" or not demand.types or demand.limit <= 0:
        return None
    tokens = {one.claimed.lease_token for one in endings}
    run_ids = {one.claimed.run_id for one in endings}
    is_usual = len(tokens) <= 1 and len(run_ids) == len(endings) and all(is_whole_end(one, now=now) for one in endings)
    if not is_usual:
        return None
    given: dict[str, Any] = {
        "ids": sorted(one.claimed.id for one in endings),
        "run_ids": sorted(run_ids),
        "many": len(endings),
        "ended_token": next(iter(tokens), None),
        "owner": lease.owner,
        "token": lease.token,
        "until": lease.until,
        "now": now,
        "limit": demand.limit,
        "oldest": 0 if demand.aged_until is None else demand.oldest,
        "aged_until": demand.aged_until or now,
    }
    looks = len(demand.types) * len(demand.places)
    statement = _stroke(looks, _rounded_up(demand.limit), bool(endings))
    found = await statement.whole(connection, given | _looks(demand))
    if found is None:
        return None
    # RETURNING keeps no order.
    taken = [(waited_long, task_of(row)) for *row, waited_long in found]
    return [task for _, task in sorted(taken, key=_in_order)]


def _in_order(taken: tuple[bool, Task]) -> tuple[Any, ...]:
    waited_long, task = taken
    return (0, task.ready_at, task.id) if waited_long else (1, -task.priority, task.created_at, task.id)


def _looks(demand: Demand) -> dict[str, Any]:
    looks = [(kind, place) for kind in demand.types for place in demand.places]
    found: dict[str, Any] = {}
    for number, (kind, place) in enumerate(looks):
        found |= {f"type_{number}": kind, f"place_{number}": place}
    return found


def _rounded_up(limit: int) -> int:
    """To a power of eight, so that few statements do for all limits: to build one takes as long as to execute ten."""
    return 1 << 3 * -(-(limit - 1).bit_length() // 3)


@lru_cache(maxsize=128)
def _stroke(looks: int, most: int, settles: bool) -> Prepared:
    """That for so many looks and a limit of at most `most`."""
    turn = _turn(settles)
    is_mine = select(turn.c.is_mine).scalar_subquery()
    oldest = _found(looks, "oldest", most, is_mine, aged=True)
    longest_waiting = oldest.limit(literal_column(str(most))).cte("longest_waiting")
    rest = bindparam("limit", type_=Integer) - select(func.count()).select_from(longest_waiting).scalar_subquery()
    urgent = _found(looks, "limit", most, is_mine, aged=False, besides=longest_waiting)
    following = urgent.limit(rest).cte("following")
    claimed = leased(union_all(select(longest_waiting.c.id), select(following.c.id))).cte("claimed")
    begun_before = (claimed.c.attempts > literal_column("1")) | (claimed.c.started_at != NOW)
    tried_before = select(claimed.c.id).where(begun_before)
    more = [
        begun(one_among(runs.c.id, select(claimed.c.run_id))).cte("begun"),
        delete(progress).where(one_among(progress.c.task_id, tried_before)).cte("forgotten"),
    ]
    if settles:
        more.append(ending_tasks(is_mine).cte("ended"))
        more.append(ending_runs(one_of(runs.c.id, "run_ids"), is_mine).cte("runs_ended"))
    answer = select(literal_column("1").label("row")).subquery("answer")
    rows = answer.outerjoin(turn, true()).outerjoin(claimed, true())
    rows = rows.outerjoin(longest_waiting, longest_waiting.c.id == claimed.c.id)
    waited_long = longest_waiting.c.id.is_not(None).label("waited_long")
    found = select(turn.c.is_mine, *claimed.c, waited_long).select_from(rows)
    return Prepared(found.add_cte(*more))


def _turn(settles: bool) -> CTE:
    """Whether everything is as usual and nobody else claims. It waits for nobody, and so holds nobody up.

    Who waits sees what there was when he began, and would look through all that others have claimed since.
    """
    is_free = literal_column(f"pg_try_advisory_xact_lock({key_of(Turn.CLAIM)})", Boolean)
    is_mine = and_(is_free, ~IS_DUE, _nothing_held_back, *([all_are_sole()] if settles else []))
    return select(is_mine.label("is_mine")).cte("turn").prefix_with("MATERIALIZED")


def _found(looks: int, limit: str, most: int, if_: Any, *, aged: bool, besides: CTE | None = None) -> Select[Any]:
    """The ids of the best tasks, in their order; `limit` names the parameter that says how many.

    No look takes more than that, but PostgreSQL plans for `most`: of a limit that it does not know it expects a tenth
    of the table, so much that it would rather plan each execution anew, which takes longer than the execution.
    """
    at_most: ColumnElement[Any] = literal_column(str(most))
    each = [look(number, at_most, aged, if_).limit(bindparam(limit)) for number in range(looks)]
    found = best(each, limit, aged).subquery()
    ids = select(found.c.id).order_by(*order(found.c, aged))
    return ids if besides is None else ids.where(found.c.id.not_in(select(besides.c.id)))
