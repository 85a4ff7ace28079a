"""Requests are counted by a few words, whatever strangers ask for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from kodit.serving.measuring import Measured


class Watched:
    """Remembers what it was told of requests."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, list[int]]] = []

    @contextmanager
    def request(self, method: str, about: str, _head: Mapping[str, str]) -> Iterator[Callable[[int], None]]:
        statuses: list[int] = []
        self.told.append((method, about, statuses))
        yield statuses.append


def answering(status: int | None) -> Any:
    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        if status is None:
            raise ConnectionError("the reader is gone")
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return application


async def _send(_message: Any) -> None:
    return


def measured(watched: Watched, status: int | None = 200) -> Measured:
    return Measured(answering(status), watched.request, nouns={"search", "sources"}, first=["/readyz", "/mcp"])


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("/api/v1/search", "search"),
        ("/api/v1/sources/owner/repo/files/a.py", "sources"),
        ("/api/v1/made-up", "unknown"),
        ("/readyz", "readyz"),
        ("/mcp", "mcp"),
        ("/", "page"),
        ("/anything/else", "page"),
    ],
)
async def test_a_request_is_about_one_of_a_few_words(path: str, about: str):
    watched = Watched()
    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", b"x")]}
    await measured(watched)(scope, None, _send)  # type: ignore[arg-type]
    assert watched.told == [("GET", about, [200])]


async def test_who_goes_away_before_the_answer_is_counted_as_that():
    watched = Watched()
    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": []}
    with pytest.raises(ConnectionError):
        await measured(watched, None)(scope, None, _send)  # type: ignore[arg-type]
    assert watched.told == [("POST", "mcp", [499])]
