"""A server of kodit's, asked over HTTP: its answers as nouns, its problems as errors."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote, urlsplit

import httpx

from kodit.application.serving.problem import KINDS
from kodit.application.serving.revived import revived, revived_error, revived_sequence
from kodit.domain.errors import (
    BadAnswer,
    Conflict,
    InvalidInput,
    KoditError,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
)
from kodit.domain.sources.location import without_credentials
from kodit.domain.tasks.retry_after import wait_in

T = TypeVar("T")
Parameters = Mapping[str, Any]

SECONDS = 60.0
"""How long an answer may take: as much as the slowest question about a large index, and no more than a proxy waits."""
CONNECT_SECONDS = 10.0
PAGE = 1000
"""The largest page that servers give."""
PREFIX = "/api/v1"
_BY_STATUS: Mapping[int, type[KoditError]] = {
    401: Refused,
    403: Refused,
    404: NotFound,
    409: Conflict,
    422: InvalidInput,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


class Connection:
    """Asks one server, as whoever a key belongs to; without one, as whoever the server takes us for.

    Every method raises Unavailable where no server answers, BadAnswer where it is none of kodit's or another version,
    and what the server says is wrong as the error that it is.
    """

    def __init__(self, url: str, key: str | None = None) -> None:
        """Raises InvalidInput for a URL that makes no sense."""
        self.url = checked_url(url)
        head = {"User-Agent": "kodit", "Accept": "application/json"}
        self._client = httpx.AsyncClient(
            base_url=self.url,
            headers=head | ({"Authorization": f"Bearer {key}"} if key else {}),
            timeout=httpx.Timeout(SECONDS, connect=CONNECT_SECONDS),
        )

    async def get(self, kind: type[T], /, *path: str, **parameters: Any) -> T:
        """What is at a path, given part by part."""
        return revived(kind, await self.document("GET", *path, parameters=parameters))

    async def member(self, kind: type[T], name: str, /, *path: str, **parameters: Any) -> T:
        """One member of what is at a path."""
        return revived(kind, _member(await self.document("GET", *path, parameters=parameters), name))

    async def several(self, kind: type[T], /, *path: str, **parameters: Any) -> Sequence[T]:
        """The list at a path that has no pages."""
        return revived_sequence(kind, await self.value(*path, **parameters))

    async def value(self, /, *path: str, **parameters: Any) -> Any:
        """What is at a path, as JSON has it."""
        return _json(await self._answer("GET", *path, parameters=parameters))

    async def items(self, kind: type[T], /, *path: str, limit: int | None = None, **parameters: Any) -> Sequence[T]:
        """The list at a path, all of it or so many entries."""
        return (await self.some(kind, *path, limit=limit, **parameters))[0]

    async def some(
        self, kind: type[T], /, *path: str, limit: int | None = None, **parameters: Any
    ) -> tuple[Sequence[T], bool]:
        """The same, and whether there are more."""
        found: list[T] = []
        cursor = None
        while True:
            size = PAGE if limit is None else max(1, min(PAGE, limit - len(found)))
            asked = parameters | {"limit": size, "cursor": cursor}
            page = await self.document("GET", *path, parameters=asked)
            found += revived_sequence(kind, _member(page, "items"))
            cursor = _member(page, "next")
            if cursor is None or (limit is not None and len(found) >= limit):
                return found, cursor is not None

    async def send(self, kind: type[T], method: str, *path: str, body: Any = None) -> T:
        """What came of a change."""
        return revived(kind, await self.document(method, *path, body=body))

    async def document(
        self, method: str, *path: str, parameters: Parameters | None = None, body: Any = None
    ) -> Mapping[str, Any]:
        """The JSON document of an answer."""
        return _object(await self._answer(method, *path, parameters=parameters, body=body))

    async def _answer(
        self, method: str, *path: str, parameters: Parameters | None = None, body: Any = None
    ) -> httpx.Response:
        # A slash within a part is told from those between them.
        place = "/".join([PREFIX, *(quote(part, safe="") for part in path)])
        try:
            answer = await self._client.request(method, place, params=_given(parameters or {}), json=body)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unavailable(
                f"no server answers at {without_credentials(self.url)}: {str(error) or type(error).__name__}",
                remedy="is it the right URL, and does the server run? It is started by: kodit serve",
            ) from error
        if not answer.is_success:
            _raise(answer)
        return answer

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()


def checked_url(url: str) -> str:
    """A server's URL without a slash at its end. Raises InvalidInput."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        sound = sound and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise InvalidInput(
            f"{without_credentials(url)} is no URL of a server",
            remedy="such as http://127.0.0.1:8765, with the key in KODIT_KEY",
        )
    return url.rstrip("/")


def _given(parameters: Parameters) -> httpx.QueryParams:
    """Parameters as they are sent: None was not given, several are given again."""
    pairs: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in parameters.items():
        values = value if isinstance(value, list | tuple | set | frozenset) else [value]
        pairs += [(name, _text(one)) for one in values if one is not None]
    return httpx.QueryParams(pairs)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(getattr(value, "value", value))


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    found = _json(answer)
    if not isinstance(found, dict):
        raise BadAnswer(
            f"{_asked(answer)} gave no JSON object: is it a server of kodit's?",
            remedy="give the URL that `kodit serve` printed",
        )
    return found


def _json(answer: httpx.Response) -> Any:
    """What an answer says; None for what is no JSON."""
    try:
        return answer.json()
    except ValueError:
        return None


def _member(document: Mapping[str, Any], name: str) -> Any:
    if name not in document:
        raise BadAnswer(f"the answer has no {name}", remedy="update kodit, here or at the server")
    return document[name]


def _raise(answer: httpx.Response) -> NoReturn:
    status = answer.status_code
    if status >= httpx.codes.INTERNAL_SERVER_ERROR and not isinstance(_json(answer), dict):
        # A proxy answers in words of its own where the server behind it does not.
        raise Unavailable(f"{_asked(answer)} answered {status}", remedy="see whether the server runs: kodit serve")
    problem = _object(answer)
    detail, remedy = str(problem.get("detail", "")), problem.get("remedy")
    message = detail or f"the server answered {status}"
    if status == httpx.codes.UNAUTHORIZED:
        remedy = "give a key of that server: set KODIT_KEY"
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise RateLimited(message, retry_after=wait_in(answer.headers.get("Retry-After")), remedy=remedy)
    named = revived_error(str(problem.get("type", "")).removeprefix(KINDS), message, remedy)
    if type(named) is not KoditError:
        raise named
    raise _BY_STATUS.get(status, BadAnswer)(
        message if status < httpx.codes.INTERNAL_SERVER_ERROR else f"{message} (request {problem.get('request_id')})",
        remedy=remedy,
    )


def _asked(answer: httpx.Response) -> httpx.URL:
    """What was asked, as it may be told: what people look for is theirs."""
    return answer.url.copy_with(query=None)
