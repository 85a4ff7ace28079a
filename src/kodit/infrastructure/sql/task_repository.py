"""The queue as SQL: the domain decides each move, or that it needs no decision; one statement claims."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import delete, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.errors import Conflict, LeaseLost, NotFound
from kodit.domain.tasks.claim import Control, Demand, Ending, Retention, Settlement
from kodit.domain.tasks.moves import Moved, by_run, ended, moved, taken_back
from kodit.domain.tasks.numbers import none_of
from kodit.domain.tasks.presence import Gap
from kodit.domain.tasks.run import LIVE_RUNS, NewRun, Run, RunState, asked_again, revived
from kodit.domain.tasks.task import LIVE, Lapsed, Lease, Task, TaskState
from kodit.domain.tasks.task_type import AnyTaskType
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.claims import SqlClaims
from kodit.infrastructure.sql.controls import SqlControls
from kodit.infrastructure.sql.extension import extend
from kodit.infrastructure.sql.retention import prune
from kodit.infrastructure.sql.run_store import RunStore, Standing
from kodit.infrastructure.sql.savepoint import Taken, unless_taken
from kodit.infrastructure.sql.sole_tasks import end_sole_tasks
from kodit.infrastructure.sql.strokes import settle_and_claim
from kodit.infrastructure.sql.tables import is_live, is_running, progress, runs, tasks
from kodit.infrastructure.sql.task_rows import RUN_COLUMNS, TASK_COLUMNS, run_of, task_of
from kodit.infrastructure.sql.types import numbers_of_rows


class SqlTaskRepository:
    """Implements TaskRepository on one connection.

    A claim and a heartbeat lock tasks alone, and a claim steps over what is locked; everybody else locks as RunStore
    does.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._store = RunStore(connection)
        self._claims = SqlClaims(connection)
        self._controls = SqlControls(connection)

    async def enqueue(self, news: Sequence[NewRun]) -> Sequence[Run]:
        """See the port."""
        first: dict[str, NewRun] = {}
        for new in news:
            first.setdefault(new.run.dedup_key, new)
        done = await self._store.add(list(first.values()))
        if taken := {key: new for key, new in first.items() if key not in done}:
            live = await self._store.live(taken)
            done |= await self._merge({run.id: taken[key] for key, run in live.items()})
            # What was over before it could be locked is asked for anew; together, because who locked one run after the
            # other in an order of his own would wait in a circle with those who do the same.
            if meanwhile := [new for key, new in taken.items() if key not in done]:
                done |= {run.dedup_key: run for run in await self.enqueue(meanwhile)}
        # What is asked for twice at once is merged like any other.
        return [
            done[new.run.dedup_key] if first[new.run.dedup_key] is new else (await self.enqueue([new]))[0]
            for new in news
        ]

    async def claim(self, lease: Lease, demand: Demand, *, now: datetime) -> Sequence[Task]:
        """See the port."""
        return await self._claims.claim(lease, demand, now=now)

    async def awaits(self, demand: Demand, *, now: datetime) -> bool:
        """See the port."""
        return await self._claims.awaits(demand, now=now)

    async def settle(self, endings: Sequence[Ending], *, now: datetime) -> Settlement:
        """See the port."""
        grouped = by_run(await end_sole_tasks(self._connection, endings, now=now))
        before = await self._store.locked(grouped)
        lost = {one.claimed.id for of_run in grouped.values() for one in of_run if one.claimed.run_id not in before}
        moves = [ended(*before[run_id], of_run, now=now) for run_id, of_run in grouped.items() if run_id in before]
        await self._store.store(before, moves)
        return Settlement(
            lost=frozenset(lost.union(*(move.lost for move in moves))),
            readied=sum(move.readied(before[move.run.id][1]) for move in moves),
        )

    async def exchange(
        self, endings: Sequence[Ending], lease: Lease, demand: Demand, *, now: datetime
    ) -> tuple[Settlement, Sequence[Task]]:
        """See the port."""
        claimed = await settle_and_claim(self._connection, endings, lease, demand, now=now)
        # What changed nothing and found nothing may have looked just before somebody else's turn was over: the steps
        # look when they have theirs.
        if claimed or (claimed is not None and endings):
            return Settlement(), claimed
        settlement = await self.settle(endings, now=now) if endings else Settlement()
        return settlement, await self.claim(lease, demand, now=now) if demand.limit > 0 else []

    async def hold(self, task: Task) -> None:
        """See the port."""
        mine = (tasks.c.id == task.id, is_running, tasks.c.lease_token == task.lease_token)
        # The weakest lock: it keeps out whoever would end the lease or take it, and lets the heartbeat prolong it.
        held = select(tasks.c.id).where(*mine).with_for_update(read=True, key_share=True)
        if (await self._connection.scalar(held)) is None:
            raise LeaseLost(f"task {task.id} is no longer leased to {task.lease_owner}")

    async def held(self, tokens: Collection[str]) -> Sequence[Task]:
        """See the port."""
        statement = select(*TASK_COLUMNS).where(is_running, tasks.c.lease_token.in_(tokens)).order_by(tasks.c.id)
        return [task_of(row) for row in await self._connection.execute(statement)]

    async def extend(self, claimed: Collection[Task], *, until: datetime) -> Sequence[Task]:
        """See the port."""
        return await extend(self._connection, claimed, until=until)

    async def rescue(self, *, now: datetime, gone: Collection[str] = (), spared: Gap | None = None) -> Lapsed:
        """See the port."""
        lapsed = tasks.c.leased_until < now
        if spared is not None:
            lapsed &= not_(tasks.c.leased_until.between(spared.began_at, spared.ended_at))
        free = lapsed | tasks.c.lease_owner.in_(sorted(gone))
        found = await self._connection.scalars(select(tasks.c.run_id).where(is_running, free).distinct())
        before = await self._store.locked(found.all())
        freed: list[Task] = []
        moves = []
        for run, stood in before.values():
            tasks_now = [taken_back(task, now=now, gone=gone, spared=spared) for task in stood]
            freed += [task for task, was in zip(tasks_now, stood, strict=True) if task is not was]
            moves.append(moved(run, tasks_now, now=now))
        await self._store.store(before, moves)
        return Lapsed.of(sorted(freed, key=lambda task: task.id))

    async def cancel(self, run_id: int, *, now: datetime) -> Run:
        """See the port."""
        run, stood = await self._standing(run_id)
        if run.state not in LIVE_RUNS:
            raise Conflict(f"run {run_id} is {run.state} already")
        after = [task.cancelled("cancelled", now=now) if task.state in LIVE else task for task in stood]
        # What was asked for while it ran is cancelled with it.
        return await self._put(run, stood, run._replace(again=None).after(after, now=now), after)

    async def retry(self, task_id: int, *, now: datetime) -> Run:
        """See the port."""
        run, stood = await self._standing((await self.get(task_id)).run_id)
        [task] = [task for task in stood if task.id == task_id]
        after = revived(stood, task, now=now)
        newest = select(func.max(runs.c.id)).where(runs.c.dedup_key == run.dedup_key)
        while (found := await self._connection.scalar(newest)) == run.id:
            # One that is being enqueued can be seen by nobody else yet.
            with suppress(Taken):
                async with unless_taken(self._connection):
                    changed = await self._put(run, stood, run.after(after, now=now), after)
                    untried = [task.id for task in after if task.started_at is None]
                    await self._connection.execute(delete(progress).where(progress.c.task_id.in_(untried)))
                    return changed
        raise Conflict(
            f"task {task_id} belongs to run {run.id}, and run {found} has taken its place",
            remedy="index the source again",
        )

    async def discard(self, task_id: int) -> Run:
        """See the port."""
        run, stood = await self._standing((await self.get(task_id)).run_id)
        [task] = [task for task in stood if task.id == task_id]
        if task.state is not TaskState.DEAD or run.state is not RunState.FAILED:
            raise Conflict(
                f"task {task_id} is {task.state} in a run that is {run.state}, and no dead letter",
                remedy="list them: kodit queue dead",
            )
        await self._connection.execute(delete(runs).where(runs.c.id == run.id))
        return run

    async def prune(self, retention: Retention, *, most: int) -> int:
        """See the port."""
        return await prune(self._connection, retention, most)

    async def pause(self, kind: AnyTaskType, *, paused: bool) -> None:
        """See the port."""
        await self._controls.change(kind, paused=paused)

    async def limit(self, kind: AnyTaskType, most: int | None) -> None:
        """See the port."""
        await self._controls.change(kind, most=most)

    async def controls(self) -> Sequence[Control]:
        """See the port."""
        return await self._controls.all()

    async def get(self, task_id: int) -> Task:
        """See the port."""
        statement = select(*TASK_COLUMNS).where(tasks.c.id.in_(numbers_of_rows([task_id])))
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise NotFound(none_of("task", task_id), remedy="list them: kodit queue list --state all")
        return task_of(row)

    async def run(self, run_id: int) -> Run:
        """See the port."""
        statement = select(*RUN_COLUMNS).where(runs.c.id.in_(numbers_of_rows([run_id])))
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise _no_run(run_id)
        return run_of(row)

    async def over(self, run_ids: Collection[int]) -> Sequence[Run]:
        """See the port."""
        return await self._store.over(run_ids)

    async def missing(self, run_ids: Collection[int]) -> Collection[int]:
        """See the port."""
        return await self._store.missing(run_ids)

    async def tasks_of(self, run_id: int) -> Sequence[Task]:
        """See the port."""
        mine = tasks.c.run_id.in_(numbers_of_rows([run_id]))
        statement = select(*TASK_COLUMNS).where(mine).order_by(tasks.c.id)
        return [task_of(row) for row in await self._connection.execute(statement)]

    async def live_run(self, dedup_key: str) -> Run | None:
        """See the port."""
        found = await self._connection.execute(select(*RUN_COLUMNS).where(runs.c.dedup_key == dedup_key, is_live))
        row = found.one_or_none()
        return None if row is None else run_of(row)

    async def forget(self, dedup_key: str) -> None:
        """See the port."""
        found = await self._connection.scalars(select(runs.c.id).where(runs.c.dedup_key == dedup_key))
        before = await self._store.locked(found.all())
        if any(task.state is TaskState.RUNNING for _, stood in before.values() for task in stood):
            raise Conflict("a worker is at it right now", remedy="cancel its run first: kodit queue cancel RUN")
        for some in batches(before):
            await self._connection.execute(delete(runs).where(runs.c.id.in_(some)))

    async def owners(self) -> frozenset[str]:
        """See the port."""
        found = await self._connection.scalars(select(tasks.c.lease_owner).where(is_running).distinct())
        return frozenset(owner for owner in found if owner)

    async def next_due(self, *, after: datetime | None = None) -> datetime | None:
        """See the port."""
        return await self._claims.next_due(after=after)

    async def _merge(self, news: dict[int, NewRun]) -> dict[str, Run]:
        """Each of the runs asked for once more."""
        before = await self._store.locked(news)
        moves = []
        for run_id, (run, stood) in before.items():
            new = news[run_id].run
            # A claim that found the run locked has left its state to whoever comes next.
            held = run.after(stood, now=new.created_at)
            moves.append(Moved(*asked_again(held, stood, priority=new.priority, now=new.created_at)))
        await self._store.store(before, moves)
        return {move.run.dedup_key: move.run for move in moves}

    async def _standing(self, run_id: int) -> Standing:
        found = await self._store.locked([run_id])
        if run_id not in found:
            raise _no_run(run_id)
        return found[run_id]

    async def _put(self, run: Run, stood: Sequence[Task], changed: Run, after: Sequence[Task]) -> Run:
        await self._store.store({run.id: (run, stood)}, [Moved(changed, after)])
        return changed


def _no_run(run_id: int) -> NotFound:
    return NotFound(none_of("run", run_id), remedy="list them: kodit queue list --state all")
