"""How a handler reports its way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from kodit.application.tasks.admission import checked_count
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.progress import STEP_NAME, Step, StepState

THROTTLE = timedelta(milliseconds=200)
"""Counts are stored at most this often: a bar that moves five times a second looks alive."""


class RunningStep:
    """One step under way."""

    def __init__(self, reporter: "ProgressReporter", step: Step) -> None:
        self._reporter = reporter
        self._step = step
        self._stored_at = step.started_at

    async def begin(self) -> None:
        """Make the step visible."""
        await self._reporter.store(self._step)

    async def advance(self, by: int = 1) -> None:
        """Count what was done; stored now and then, and when the step ends.

        Raises InvalidInput for what is no whole number, and beyond 2**63 - 1.
        """
        now = self._reporter.now()
        current = checked_count(self._step.current + checked_count(by))
        self._step = replace(self._step, current=current, updated_at=now)
        # Of a clock that was set back nobody knows for how long nothing was stored.
        if abs(now - self._stored_at) >= THROTTLE:
            self._stored_at = now
            await self._reporter.store(self._step)

    async def skip(self, reason: str) -> None:
        """There is nothing to do in this step."""
        self._step = replace(self._step, state=StepState.SKIPPED, message=reason)

    async def remark(self, message: str) -> None:
        """Something about the step that people should know, though it goes on."""
        self._step = replace(self._step, message=message)

    def stopped(self) -> Step:
        """The step as it is when whoever was at it was cancelled."""
        return replace(self._step, updated_at=self._reporter.now()).stopped()

    async def end(self, failure: BaseException | None = None) -> None:
        """Store how the step ended."""
        if failure is not None:
            name = type(failure).__name__
            self._step = replace(self._step, state=StepState.FAILED, message=str(failure) or name)
        elif self._step.state is StepState.RUNNING:
            self._step = replace(self._step, state=StepState.DONE)
        await self._reporter.store(replace(self._step, updated_at=self._reporter.now()))


class ProgressReporter:
    """Stores the steps of one attempt, each write in a transaction of its own.

    Reporting decides nothing: an error inside a step goes on to the caller, and an error while reporting is one.
    """

    def __init__(self, storage: Storage, task_id: int, now: Callable[[], datetime]) -> None:
        self.now = now
        self._storage = storage
        self._task_id = task_id
        self._begun = 0
        self._unstored: list[Step] = []

    @asynccontextmanager
    async def step(self, operation: str, *, total: int | None = None) -> AsyncIterator[RunningStep]:
        """Report one step while the block runs. `total` is how many advances are expected, None when unknown.

        Raises InvalidInput for a name that is too long, and for a total that is no whole number up to 2**63 - 1.
        """
        if len(operation) > STEP_NAME:
            raise InvalidInput(f"{operation!r} is too long for a step: {STEP_NAME} characters at most")
        if total is not None:
            checked_count(total)
        self._begun += 1
        moment = self.now()
        running = RunningStep(
            self,
            Step(
                task_id=self._task_id,
                step=operation,
                position=self._begun,
                state=StepState.RUNNING,
                current=0,
                total=total,
                message=None,
                started_at=moment,
                updated_at=moment,
            ),
        )
        await running.begin()
        try:
            yield running
        except asyncio.CancelledError:
            # Nobody who is cancelled waits for a database. What the task goes on with tells of it too; and where it
            # does not go on, none of its steps does.
            self._unstored.append(running.stopped())
            raise
        except Exception as error:
            await running.end(error)
            raise
        await running.end()

    async def store(self, step: Step) -> None:
        """Write one step, and those that were cancelled before."""
        steps = (*self._unstored, step)

        async def put(unit: UnitOfWork) -> None:
            for one in steps:
                await unit.progress.put(one)

        await self._storage.transact(put, lasting=False)
        self._unstored = [one for one in self._unstored if one not in steps]
