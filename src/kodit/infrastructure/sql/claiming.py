"""The statements that claim: a short look into the index for each type and place, and of what they find the best."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select, text, union_all, update

from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.infrastructure.sql.prepared import Prepared, one_among, one_of
from kodit.infrastructure.sql.tables import controls, is_ready, is_running, is_scheduled, runs, tasks
from kodit.infrastructure.sql.task_rows import TASK_COLUMNS

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
MAKE_READY = update(tasks).where(one_among(tasks.c.id, select(_due.c.id))).values(state=TaskState.READY)
"""Makes tasks ready whose moment has come."""
_AFTER: Any = bindparam("after", type_=tasks.c.ready_at.type)
NEXT_DUE = Prepared(
    select(
        select(func.min(tasks.c.ready_at)).where(is_scheduled, tasks.c.ready_at > _AFTER).scalar_subquery(),
        select(func.min(tasks.c.leased_until)).where(is_running, tasks.c.leased_until > _AFTER).scalar_subquery(),
    )
)
"""The first moment `after` that one at which a scheduled task is due, and the first at which a lease runs out."""
_URGENT = ("priority", "created_at", "id")
_AGED = ("ready_at", "id")
NOW: Any = bindparam("now", type_=tasks.c.ready_at.type)
"""The moment of a claim."""
_AGED_UNTIL: Any = bindparam("aged_until", type_=tasks.c.ready_at.type)


_first_due = select(tasks.c.id).where(is_scheduled, tasks.c.ready_at <= NOW).order_by(tasks.c.ready_at)
IS_DUE = _first_due.limit(literal_column("1")).scalar_subquery().is_not(None)
"""Whether a task is due `now`."""


def begun(some: ColumnElement[bool]) -> Any:
    """Shows that runs are under way. Who holds a run's lock sees the claim once it is made, and moves it himself."""
    pending = select(runs.c.id).where(some, text("state = 'pending'"))
    free = pending.with_for_update(skip_locked=True).cte("free")
    changes = {"state": RunState.PROCESSING, "started_at": func.coalesce(runs.c.started_at, NOW)}
    return update(runs).where(one_among(runs.c.id, select(free.c.id))).values(changes)


BEGIN_RUNS = Prepared(begun(one_of(runs.c.id, "ids")))
"""The same as a statement of its own, for what changes one table in a statement."""


def wanted(types: Iterable[Any], places: Iterable[str]) -> dict[str, Any]:
    """The parameters of statements that look for tasks of so many types and places."""
    kinds = {f"type_{number}": kind for number, kind in enumerate(types)}
    return kinds | {f"place_{number}": place for number, place in enumerate(places)}


@lru_cache(maxsize=128)
def waiting_statement(types: int, places: int) -> Prepared:
    """Whether a task of so many types and places is ready, or due `now`.

    Asked in the order of the indexes, because without one a database may take it that some row will soon do, and read
    all of them where none does.
    """
    looks = [_first(number, place, aged=False) for number in range(types) for place in range(places)]
    some = tuple(bindparam(f"type_{number}", type_=tasks.c.type.type) for number in range(types))
    anywhere: tuple[Any, ...] = tuple(bindparam(f"place_{place}") for place in range(places))
    due = (
        select(tasks.c.id)
        .where(is_scheduled, tasks.c.ready_at <= NOW, tasks.c.type.in_(some), tasks.c.place.in_(anywhere))
        .order_by(tasks.c.ready_at)
        .limit(literal_column("1"))
    )
    return Prepared(select(func.coalesce(*looks, due.scalar_subquery()).is_not(None)))


@lru_cache(maxsize=128)
def outlook_statement(types: int, places: int, *, aged: bool) -> Prepared:
    """What there is for a claim of so many types and places.

    The columns: whether a task is due `now`; whether anything is held back; for each type and of it for each place
    whether a task is ready; and with `aged` the same for one that is so since before `aged_until`. Asked first and
    together, because most of the time the answer is no, and to look there again in the claim costs more.
    """
    looks = [
        _first(number, place, aged=old)
        for old in ((False, True) if aged else (False,))
        for number in range(types)
        for place in range(places)
    ]
    answers = [look.is_not(None).label(f"found_{number}") for number, look in enumerate(looks)]
    return Prepared(select(IS_DUE.label("due"), select(controls.c.type).exists().label("held_back"), *answers))


def claim_statement(shape: Sequence[int], limit: int, *, aged: bool, begins: bool) -> Prepared:
    """Leases the best ready tasks of so many types: the most urgent, or with `aged` the longest waiting.

    With `begins` it does what BEGIN_RUNS does for their runs.

    `shape` has the number of places of each type. The parameters of the looks are numbered in their order: `type_0`,
    `place_0` and so on; `most_0` and so on say how many of each type, and `limit` how many of all. However many tasks
    wait, each look reads no more rows than it may take.
    """
    return _statement(tuple(shape), 1 << (limit - 1).bit_length(), aged, begins)


@lru_cache(maxsize=512)
def _statement(shape: tuple[int, ...], most: int, aged: bool, begins: bool) -> Prepared:
    """Built once for each number of types and places, because building it takes longer than executing it.

    `most` is the limit, rounded up so that few statements do for all. It is a literal beside the parameter, because of
    a limit that it does not know PostgreSQL expects a tenth of the whole table, and would read all of it.
    """
    numbers = iter(range(sum(shape)))
    of_types = [
        best([look(next(numbers), bindparam(f"most_{kind}"), aged) for _ in range(places)], f"most_{kind}", aged)
        for kind, places in enumerate(shape)
    ]
    of_all = best(of_types, "limit", aged)
    following = select(of_all.subquery().c.id).limit(literal_column(str(most))).cte("following")
    given = leased(select(following.c.id))
    if not begins:
        return Prepared(given)
    claimed = given.cte("claimed")
    of_them = begun(one_among(runs.c.id, select(claimed.c.run_id))).cte("begun")
    return Prepared(select(*claimed.c).add_cte(of_them))


def leased(found: Any) -> Any:
    """Leases the tasks whose ids a query finds, and gives them back."""
    return (
        update(tasks)
        .where(one_among(tasks.c.id, found))
        .values(
            state=TaskState.RUNNING,
            attempts=tasks.c.attempts + literal_column("1"),
            lease_owner=bindparam("owner"),
            lease_token=bindparam("token"),
            leased_until=bindparam("until"),
            started_at=func.coalesce(tasks.c.started_at, NOW),
        )
        .returning(*TASK_COLUMNS)
    )


def look(number: int, most: Any, aged: bool, *also: Any) -> Select[Any]:
    """One walk of `most` rows along the index that has exactly this order, `also` under other conditions."""
    found = (
        select(tasks.c.id, tasks.c.priority, tasks.c.created_at, tasks.c.ready_at)
        .where(*_is(number, number, aged), *also)
        .order_by(*order(tasks.c, aged))
        .limit(most)
        # SQLite ignores FOR UPDATE: its one writer is the lock.
        .with_for_update(skip_locked=True)
    )
    return select(*found.subquery().c)


def _first(number: int, place: int, *, aged: bool) -> Any:
    """The task that such a look finds first, or NULL."""
    first = select(tasks.c.id).where(*_is(number, place, aged)).order_by(*order(tasks.c, aged))
    return first.limit(literal_column("1")).scalar_subquery()


def _is(number: int, place: int, aged: bool) -> list[Any]:
    conditions = [is_ready, tasks.c.place == bindparam(f"place_{place}"), tasks.c.type == bindparam(f"type_{number}")]
    return [*conditions, tasks.c.ready_at < _AGED_UNTIL] if aged else conditions


def best(looks: list[Select[Any]], most: str, aged: bool) -> Select[Any]:
    """The best of what several looks found; a single one has found no more than it may."""
    if len(looks) == 1:
        return looks[0]
    together = union_all(*looks).subquery()
    chosen = select(*together.c).order_by(*order(together.c, aged)).limit(bindparam(most)).subquery()
    return select(*chosen.c)


def order(columns: Any, aged: bool) -> list[ColumnElement[Any]]:
    """That in which tasks are claimed."""
    if aged:
        return [columns[name] for name in _AGED]
    return [columns[name].desc() if name == "priority" else columns[name] for name in _URGENT]
