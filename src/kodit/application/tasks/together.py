"""Doing together what many ask for at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from kodit.domain.errors import TransientError

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """Hands what is asked for while a batch is under way to `do` as the next batch, of at most `most`.

    Who asks alone does not wait: the first of a batch never waits for a second. A transaction costs the same for one
    as for a hundred, so that many callers at once get about as many answers per second as one caller with a batch.
    """

    def __init__(self, do: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]], *, most: int) -> None:
        self._do = do
        self._most = most
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._working: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Answer:
        """The answer to this, whoever else asks. Raises what doing it alone would raise."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if self._working is None or self._working.done():
            # It works for everybody, so nothing that holds for the first who asks may hold for it.
            self._working = asyncio.create_task(self._work(), context=Context())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._answer(batch)

    async def _answer(self, batch: Sequence[tuple[Asked, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._do([asked for asked, _ in batch])
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
            if len(batch) > 1 and not isinstance(error, TransientError):
                # One that cannot be done must not take the others with it.
                for one in batch:
                    await self._answer([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
