"""The statement that claims: a short look into the index for each type and place, and of what they find the best."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Update, bindparam, func, literal_column, select, text, union_all, update

from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.infrastructure.sql.tables import controls, is_ready, is_scheduled, runs, tasks

AT_ONCE = 100
"""Scheduled tasks made ready by one claim, those due for longest first. So no claim takes long, and for a hundred rows
PostgreSQL reads no whole table."""
_due = (
    select(tasks.c.id)
    .where(is_scheduled, tasks.c.ready_at <= bindparam("now"))
    .order_by(tasks.c.ready_at)
    .limit(literal_column(str(AT_ONCE)))
    # Who settles a task of the same run may be waiting for this claim's turn.
    .with_for_update(skip_locked=True)
    .cte("due")
)
MAKE_READY = update(tasks).where(tasks.c.id.in_(select(_due.c.id))).values(state=TaskState.READY)
"""Makes tasks ready whose moment has come."""
_URGENT = ("priority", "created_at", "id")
_AGED = ("ready_at", "id")


_pending = select(runs.c.id).where(runs.c.id.in_(bindparam("ids", expanding=True)), text("state = 'pending'"))
_free = _pending.with_for_update(skip_locked=True).cte("free")
BEGIN_RUNS = (
    update(runs)
    .where(runs.c.id.in_(select(_free.c.id)))
    .values(
        state=RunState.PROCESSING,
        started_at=func.coalesce(runs.c.started_at, bindparam("now", type_=runs.c.started_at.type)),
    )
)
"""Shows that runs are under way. Who holds a run's lock sees the claim once it is made, and moves the run itself."""


def parameters(rooms: dict[Any, int], places: tuple[str, ...], limit: int) -> dict[str, Any]:
    """What `claim_statement` is executed with, besides the lease: at most `limit` tasks, of each type its room."""
    most = {f"most_{number}": min(room, limit) for number, room in enumerate(rooms.values())}
    return {**most, **wanted(rooms, places), "limit": limit}


def wanted(types: Iterable[Any], places: Iterable[str]) -> dict[str, Any]:
    """The parameters of statements that look for tasks of so many types and places."""
    kinds = {f"type_{number}": kind for number, kind in enumerate(types)}
    return kinds | {f"place_{number}": place for number, place in enumerate(places)}


@lru_cache(maxsize=128)
def waiting_statement(types: int, places: int) -> Select[Any]:
    """Whether a task of so many types and places is ready, or due `now`.

    Asked in the order of the indexes, because without one a database may take it that some row will soon do, and read
    all of them where none does.
    """
    looks = [
        select(tasks.c.id).where(*_is(number, place)).order_by(*_order(tasks.c, False)).limit(literal_column("1"))
        for number in range(types)
        for place in range(places)
    ]
    some = tuple(bindparam(f"type_{number}", type_=tasks.c.type.type) for number in range(types))
    anywhere: tuple[Any, ...] = tuple(bindparam(f"place_{place}") for place in range(places))
    due = (
        select(tasks.c.id)
        .where(is_scheduled, tasks.c.ready_at <= bindparam("now"), tasks.c.type.in_(some), tasks.c.place.in_(anywhere))
        .order_by(tasks.c.ready_at)
        .limit(literal_column("1"))
    )
    return select(func.coalesce(*(look.scalar_subquery() for look in looks), due.scalar_subquery()).is_not(None))


@lru_cache(maxsize=128)
def outlook_statement(types: int, places: int) -> Select[Any]:
    """Whether a task is due `now`, whether one has aged of so many types and places, and whether anything is held back.

    Asked first and together, because most of the time the answer is no, and each of the three a statement of its own.
    """
    due = select(tasks.c.id).where(is_scheduled, tasks.c.ready_at <= bindparam("now")).order_by(tasks.c.ready_at)
    aged = [
        select(tasks.c.id)
        .where(*_is(number, place), tasks.c.ready_at < bindparam("aged_until"))
        .order_by(*_order(tasks.c, True))
        .limit(literal_column("1"))
        for number in range(types)
        for place in range(places)
    ]
    some_aged = func.coalesce(*(look.scalar_subquery() for look in aged), None)
    statement: Any = select(
        due.limit(literal_column("1")).scalar_subquery().is_not(None).label("due"),
        some_aged.is_not(None).label("aged"),
        select(controls.c.type).exists().label("held_back"),
    )
    return cast("Select[Any]", statement)


def claim_statement(types: int, places: int, limit: int, *, aged: bool) -> Update:
    """Leases the best ready tasks of so many types and places: the most urgent, or with `aged` the longest waiting.

    However many tasks wait, each look reads no more rows than it may take.
    """
    return _statement(types, places, 1 << (limit - 1).bit_length(), aged)


@lru_cache(maxsize=128)
def _statement(types: int, places: int, most: int, aged: bool) -> Update:
    """Built once for each number of types and places, because building it takes longer than executing it.

    `most` is the limit, rounded up so that few statements do for all. It is a literal beside the parameter, because of
    a limit that it does not know PostgreSQL expects a tenth of the whole table, and would read all of it.
    """
    best = _best([_of_type(number, places, aged) for number in range(types)], "limit", aged)
    following = select(best.subquery().c.id).limit(literal_column(str(most))).cte("following")
    return (
        update(tasks)
        .where(tasks.c.id.in_(select(following.c.id)))
        .values(
            state=TaskState.RUNNING,
            attempts=tasks.c.attempts + 1,
            lease_owner=bindparam("owner"),
            lease_token=bindparam("token"),
            leased_until=bindparam("until"),
            started_at=func.coalesce(tasks.c.started_at, bindparam("now", type_=tasks.c.started_at.type)),
        )
        .returning(*tasks.c)
    )


def _of_type(number: int, places: int, aged: bool) -> Select[Any]:
    looks = [_look(number, place, aged) for place in range(places)]
    return _best(looks, f"most_{number}", aged) if places > 1 else looks[0]


def _look(number: int, place: int, aged: bool) -> Select[Any]:
    """One walk along the index that has exactly this order."""
    conditions = _is(number, place)
    if aged:
        conditions.append(tasks.c.ready_at < bindparam("aged_until"))
    found = (
        select(tasks.c.id, tasks.c.priority, tasks.c.created_at, tasks.c.ready_at)
        .where(*conditions)
        .order_by(*_order(tasks.c, aged))
        .limit(bindparam(f"most_{number}"))
        # SQLite ignores FOR UPDATE: its one writer is the lock.
        .with_for_update(skip_locked=True)
    )
    return select(*found.subquery().c)


def _is(number: int, place: int) -> list[Any]:
    return [is_ready, tasks.c.place == bindparam(f"place_{place}"), tasks.c.type == bindparam(f"type_{number}")]


def _best(looks: list[Select[Any]], most: str, aged: bool) -> Select[Any]:
    """The best of what several looks found."""
    together = union_all(*looks).subquery()
    best = select(*together.c).order_by(*_order(together.c, aged)).limit(bindparam(most)).subquery()
    return select(*best.c)


def _order(columns: Any, aged: bool) -> list[ColumnElement[Any]]:
    if aged:
        return [columns[name] for name in _AGED]
    return [columns[name].desc() if name == "priority" else columns[name] for name in _URGENT]
