"""Describing snippets by a language model behind any endpoint that speaks OpenAI's chat completions."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kodit.application.tasks.pace import Pace
from kodit.domain.code.snippet import Snippet
from kodit.domain.enrichment.prompts import PROMPT, messages, tidy
from kodit.domain.errors import BadAnswer, InvalidInput, KoditError, RateLimited, Unavailable
from kodit.infrastructure.openai.answers import content_of, refusal
from kodit.infrastructure.openai.failures import unreachable

if TYPE_CHECKING:
    import ssl

    import httpx

_LARGEST_ANSWER = 1 << 20
"""Bytes of an answer that are read; a description has hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is reached.

    `base_url` is what `/chat/completions` is appended to, such as `https://api.openai.com/v1`. `timeout` bounds one
    request from connecting to the last byte. The key is shown by no `repr`. Raises InvalidInput for a URL or a key
    that cannot be used.
    """

    base_url: str
    model: str
    api_key: str | None = None
    timeout: timedelta = timedelta(seconds=60)
    concurrency: int = 4

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")) or not self.host:
            raise InvalidInput(
                "the base URL of a model begins with http:// or https:// and names a host",
                remedy="correct KODIT_OPENAI_BASE_URL",
            )
        if self.api_key is not None and not (self.api_key.isascii() and self.api_key.isprintable()):
            raise InvalidInput(
                "the API key has characters that no header can carry", remedy="copy it again: KODIT_OPENAI_API_KEY"
            )
        if not self.model or self.concurrency < 1 or self.timeout <= timedelta():
            raise InvalidInput(
                "a model needs a name, a time limit above zero and at least one request at a time",
                remedy="see KODIT_OPENAI_MODEL, KODIT_OPENAI_SECONDS and KODIT_OPENAI_CONCURRENCY",
            )

    def __repr__(self) -> str:
        return f"Endpoint(host={self.host!r}, model={self.model!r})"

    @property
    def host(self) -> str:
        """The host alone: a URL may carry a password."""
        try:
            return urlsplit(self.base_url).hostname or ""
        except ValueError:  # brackets that hold no IPv6 address
            return ""

    @property
    def address(self) -> str:
        """The host with its port: what requests are counted for."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def url(self) -> str:
        """The base URL as it may be shown: without a user, a password or a query."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{self.address}{parts.path}"


class OpenAiDescriber:
    """Asks the endpoint about one snippet at a time, `concurrency` of them at once, each when `pace` gives it a turn.

    When the endpoint asks to wait, everybody with the same pace does.
    `now` tells the moment that a `Retry-After` date is compared with. Messages of errors hold nothing that the
    endpoint wrote but well-formed error codes: a server may echo the key.
    """

    batch = 200

    def __init__(self, endpoint: Endpoint, *, now: Callable[[], datetime], pace: Pace) -> None:
        self._endpoint = endpoint
        self._pace = pace
        self._now = now
        self._trust: ssl.SSLContext | None = None

    @property
    def model(self) -> str:
        """The endpoint's model and the wording of the question."""
        return f"{self._endpoint.model} ({PROMPT})"

    async def describe(self, snippets: Sequence[Snippet]) -> Sequence[str]:
        """One text for each snippet, in order; the first error cancels what is still under way.

        Raises Unavailable or RateLimited when trying again may help; Refused for a rejected key, InvalidInput for an
        endpoint or a model that does not exist, and BadAnswer when it cannot.
        """
        import httpx

        if self._trust is None:
            self._trust = await asyncio.to_thread(httpx.create_ssl_context)
        texts: list[str] = [""] * len(snippets)
        waiting = enumerate(snippets)
        async with httpx.AsyncClient(verify=self._trust, timeout=None) as client:  # noqa: S113 - bounded as a whole
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(self._endpoint.concurrency, len(snippets))):
                        group.create_task(self._work(client, waiting, texts))
            except* KoditError as failed:
                problem = failed.exceptions[0]
            else:
                return texts
        raise problem

    async def _work(
        self, client: "httpx.AsyncClient", waiting: Iterator[tuple[int, Snippet]], texts: list[str]
    ) -> None:
        for place, snippet in waiting:
            texts[place] = await self._ask(client, snippet)

    async def _ask(self, client: "httpx.AsyncClient", snippet: Snippet) -> str:
        await self._pace.turn()
        status, headers, body = await self._exchange(client, snippet)
        if status != 200:
            problem = refusal(status, headers.get("retry-after"), body, self._endpoint, self._now())
            if isinstance(problem, RateLimited):
                await self._pace.hold_back(problem.retry_after)
            raise problem
        text = tidy(content_of(body, self._endpoint.host))
        if not text:
            raise BadAnswer(f"the model at {self._endpoint.host} answered with an empty description")
        return text

    async def _exchange(self, client: "httpx.AsyncClient", snippet: Snippet) -> "tuple[int, httpx.Headers, bytes]":
        import httpx

        # Errors are raised outside of `except`: httpx's own carry the request, and the request carries the key.
        endpoint = self._endpoint
        problem: KoditError
        try:
            async with asyncio.timeout(endpoint.timeout.total_seconds()):
                return await self._post(client, snippet)
        except TimeoutError:
            problem = Unavailable(
                f"the model at {endpoint.url} did not answer within {endpoint.timeout.total_seconds():g} s",
                remedy="raise KODIT_OPENAI_SECONDS, or see why it takes so long",
            )
        except httpx.TransportError as error:
            problem = unreachable(error, endpoint.url)
        except httpx.InvalidURL:
            problem = InvalidInput("the base URL of the model cannot be used", remedy="correct KODIT_OPENAI_BASE_URL")
        except httpx.DecodingError:
            problem = BadAnswer(f"what the model at {endpoint.url} answered is not in the encoding that it names")
        raise problem

    async def _post(self, client: "httpx.AsyncClient", snippet: Snippet) -> "tuple[int, httpx.Headers, bytes]":
        body = json.dumps({"model": self._endpoint.model, "messages": messages(snippet)}).encode()
        url = self._endpoint.base_url.rstrip("/") + "/chat/completions"
        async with client.stream("POST", url, headers=self._headers(), content=body) as response:
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > _LARGEST_ANSWER:
                    raise BadAnswer(
                        f"the model at {self._endpoint.host} answered with more than {_LARGEST_ANSWER} bytes"
                    )
            return response.status_code, response.headers, bytes(received)

    def _headers(self) -> dict[str, str]:
        # Made where they are sent, and kept in no variable that a traceback with local values would show.
        key = self._endpoint.api_key
        return {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
