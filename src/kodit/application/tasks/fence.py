"""Keeping those who lost their lease from writing."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.tasks.task import Task

T = TypeVar("T")


class FencedStorage:
    """Implements Storage for one attempt: each unit of work that writes makes sure first that the lease still holds.

    A worker that hung, or was stopped beyond its lease, raises LeaseLost at its next write, and has written nothing.
    """

    def __init__(self, storage: Storage, task: Task) -> None:
        self._storage = storage
        self._task = task

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """See the port. Raises LeaseLost besides."""
        async with self._storage.write() as unit:
            await unit.tasks.hold(self._task)
            yield unit

    async def glance(self, work: Callable[[UnitOfWork], Coroutine[Any, Any, T]]) -> T:
        """See Storage."""
        return await self._storage.glance(work)

    async def transact(self, work: Callable[[UnitOfWork], Coroutine[Any, Any, T]], *, lasting: bool = True) -> T:
        """See the port. Raises LeaseLost besides."""

        async def fenced(unit: UnitOfWork) -> T:
            await unit.tasks.hold(self._task)
            return await work(unit)

        return await self._storage.transact(fenced, lasting=lasting)

    async def check_nesting(self) -> None:
        """See the port."""
        await self._storage.check_nesting()

    def read(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """See the port."""
        return self._storage.read()
