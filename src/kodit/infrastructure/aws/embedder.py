"""Embeddings by AWS Bedrock, text by text: for questions, and for what is too little for a batch job."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cached_property

from kodit.domain.errors import BadAnswer, KoditError, RateLimited, Unavailable
from kodit.domain.search.ports import Vector
from kodit.infrastructure.aws.clients import LazyClient
from kodit.infrastructure.aws.failures import told
from kodit.infrastructure.aws.titan import request, vector_of

CONCURRENCY = 8
"""Requests under way at a time; the library keeps ten connections."""
TRIES = 5
"""How often a text is sent, beyond what the library does by itself, before the task is tried anew."""
PAUSE = timedelta(seconds=1)
"""Before the second try, where the service does not say; it doubles each time."""
LONGEST_PAUSE = timedelta(seconds=30)


class BedrockEmbedder:
    """Implements Embedder by InvokeModel of Titan Text Embeddings V2.

    A text that is longer than the model takes is cut. Raises RateLimited or Unavailable when trying again later may
    help; Refused, InvalidInput, NotFound or BadAnswer when it cannot.
    """

    def __init__(
        self,
        model_id: str,
        dimension: int,
        region: str | None = None,
        *,
        concurrency: int = CONCURRENCY,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._model_id = model_id
        self._dimension = dimension
        self._concurrency = concurrency
        self._pause = pause
        self._client = LazyClient("bedrock-runtime", region)

    @property
    def model(self) -> str:
        """See the port."""
        return f"bedrock-{self._model_id}-{self._dimension}d"

    @property
    def dimension(self) -> int:
        """See the port."""
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """See the port. A text of white space alone gives the zero vector; the service takes none."""
        vectors = [bytes(4 * self._dimension)] * len(texts)
        asked = [(place, text) for place, text in enumerate(texts) if text.strip()]
        waiting = iter(asked)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._concurrency, len(asked))):
                    group.create_task(self._work(waiting, vectors))
        except* KoditError as failed:
            problem = failed.exceptions[0]
        else:
            return vectors
        raise problem

    async def close(self) -> None:
        """End the threads; what is asked now is waited for."""
        if "_threads" in vars(self):
            await asyncio.to_thread(self._threads.shutdown)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        # Of its own, so that a slow service does not keep others from their files.
        return ThreadPoolExecutor(self._concurrency, thread_name_prefix="bedrock")

    async def _work(self, waiting: Iterator[tuple[int, str]], vectors: list[Vector]) -> None:
        for place, text in waiting:
            vectors[place] = await self._vector(text)

    async def _vector(self, text: str) -> Vector:
        for number in range(TRIES):
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, text)
            except (RateLimited, Unavailable) as error:
                if number == TRIES - 1:
                    raise
                asked = error.retry_after if isinstance(error, RateLimited) else None
                await self._pause(min(asked or PAUSE * 2**number, LONGEST_PAUSE).total_seconds())
        raise AssertionError("the last try returns or raises")

    def _ask(self, text: str) -> Vector:
        body = json.dumps(request(text, self._dimension)).encode()
        with told(f"embed by {self._model_id}"):
            answer = self._client().invoke_model(
                modelId=self._model_id, body=body, contentType="application/json", accept="application/json"
            )
            content = answer["body"].read()
        try:
            return vector_of(json.loads(content), self._dimension)
        except ValueError:
            raise BadAnswer(f"{self._model_id} answered with something else than JSON") from None
