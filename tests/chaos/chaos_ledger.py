"""A ledger of all that happens to tasks, written in the very transactions in which it happens.

Rows about one task are in the order of their ids, because whoever writes one holds the task's row until it is
committed: claims, settlements and rescues change it, an effect keeps others from changing it.
"""

from contextlib import asynccontextmanager

from sqlalchemy import Boolean, Column, Float, Integer, MetaData, String, Table, insert, text

from kodit.domain.tasks.claim import Settlement
from kodit.domain.tasks.task import SATISFYING
from kodit.infrastructure.sql.strokes import settle_and_claim
from kodit.infrastructure.sql.task_repository import SqlTaskRepository
from kodit.infrastructure.sql.unit_of_work import SqlStorage

GIVEN_BACK = "given back"
ledger = Table(
    "ledger",
    MetaData(),
    Column("id", Integer, primary_key=True),
    # asked, claimed, extended, effect, settled, rescued
    Column("event", String(20), nullable=False),
    Column("run_id", Integer, index=True),
    Column("task_id", Integer, index=True),
    Column("attempt", Integer),
    Column("token", String(64)),
    Column("owner", String(200)),
    # Of a settlement and a rescue: the state that it left the task in; of a rescue the reason, too, and of a settlement
    # whether the attempt was given back.
    Column("state", String(20)),
    Column("reason", String(60)),
    # Of a claim and a heartbeat: until when the task is leased, as the worker's clock has it.
    Column("until", Float),
    # Of an effect: whether all that the task needs had succeeded then.
    Column("in_order", Boolean),
    Column("at", Float, nullable=False),
)
# The database's clock, in seconds since 1970.
_NOW = {
    "postgresql": text("extract(epoch FROM clock_timestamp())"),
    "sqlite": text("(julianday('now') - 2440587.5) * 86400.0"),
}


class Ledger:
    """Rows of the ledger on one connection."""

    def __init__(self, connection):
        self._connection = connection

    async def write(self, *rows):
        if rows:
            at = _NOW[self._connection.dialect.name]
            await self._connection.execute(insert(ledger).values(at=at), list(rows))

    async def effect(self, task, stood):
        """The effect of an attempt at a task, whose run's tasks stand like this."""
        states = {one.type: one.state for one in stood}
        in_order = all(states[need] in SATISFYING for need in task.needs)
        await self.write(_of(task) | {"event": "effect", "in_order": in_order})


class LedgeredTasks(SqlTaskRepository):
    """The real queue; what it did is noted before anybody else can see it."""

    def __init__(self, connection, ledger):
        super().__init__(connection)
        self._ledger = ledger

    async def enqueue(self, news):
        runs = await super().enqueue(news)
        if len(runs) == len(news):
            await self._ledger.write(*({"event": "asked", "run_id": run.id} for run in runs))
        return runs

    async def claim(self, lease, demand, *, now):
        claimed = await super().claim(lease, demand, now=now)
        await self._ledger.write(*(_leased(task, "claimed") for task in claimed))
        return claimed

    async def extend(self, claimed, *, until):
        held = await super().extend(claimed, until=until)
        await self._ledger.write(*(_leased(task, "extended") for task in held))
        return held

    async def settle(self, endings, *, now):
        settlement = await super().settle(endings, now=now)
        kept = [one for one in endings if one.claimed.id not in settlement.lost]
        await self._ledger.write(*map(_settled, kept))
        return settlement

    async def exchange(self, endings, lease, demand, *, now):
        # By itself a turn may need no transaction, but what is noted of it shall be in the same.
        await self._connection.exec_driver_sql("SELECT 1")
        claimed = await settle_and_claim(self._connection, endings, lease, demand, now=now)
        if claimed is None:
            settlement = await self.settle(endings, now=now) if endings else Settlement()
            return settlement, await self.claim(lease, demand, now=now) if demand.limit > 0 else []
        await self._ledger.write(*map(_settled, endings))
        await self._ledger.write(*(_leased(task, "claimed") for task in claimed))
        return Settlement(), claimed

    async def rescue(self, *, now, gone=(), spared=None):
        lapsed = await super().rescue(now=now, gone=gone, spared=spared)
        await self._ledger.write(*[_rescued(await self.get(task_id)) for task_id in lapsed.tasks])
        return lapsed


class LedgeredStorage(SqlStorage):
    """Units of work with a ledger."""

    @asynccontextmanager
    async def write(self):
        async with super().write() as unit:
            yield _ledgered(unit)

    async def transact(self, work, *, lasting=True):
        return await super().transact(lambda unit: work(_ledgered(unit)), lasting=lasting)


async def create(database):
    """Make the table."""
    async with database.write() as connection:
        await connection.run_sync(ledger.metadata.create_all)


def _ledgered(unit):
    connection = unit.tasks._connection
    unit.ledger = Ledger(connection)
    unit.tasks = LedgeredTasks(connection, unit.ledger)
    return unit


def _of(task):
    return {
        "run_id": task.run_id,
        "task_id": task.id,
        "attempt": task.attempts,
        "token": task.lease_token,
        "owner": task.lease_owner,
    }


def _leased(task, event):
    return _of(task) | {"event": event, "until": task.leased_until.timestamp()}


def _settled(ending):
    given_back = ending.settled.attempts < ending.claimed.attempts
    told = {"event": "settled", "state": ending.settled.state.value, "reason": GIVEN_BACK if given_back else None}
    return _of(ending.claimed) | told


def _rescued(task):
    last = task.errors[-1]
    told = {"event": "rescued", "state": task.state.value, "reason": last.message, "owner": last.worker}
    return _of(task) | told
