"""Streams end when the server drains; answers do not."""

import asyncio
from typing import Any

import pytest

from kodit.serving.streams import EndingStreams


class Asked:
    """One request to an application that begins an answer, and ends it when it is let go."""

    def __init__(self, content_type: str, *, method: str = "GET") -> None:
        self.began = asyncio.Event()
        self.go = asyncio.Event()
        self.sent: list[Any] = []
        self._content_type = content_type.encode()
        self.scope = {"type": "http", "method": method, "path": "/"}

    async def application(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", self._content_type)]})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        self.began.set()
        await self.go.wait()
        await send({"type": "http.response.body", "body": b"last", "more_body": False})

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def receive(self) -> Any:
        return {"type": "http.request"}

    def answered_by(self, application: EndingStreams) -> "asyncio.Task[None]":
        return asyncio.create_task(application(self.scope, self.receive, self.send))

    @property
    def bodies(self) -> list[tuple[bytes, bool]]:
        return [(one["body"], one["more_body"]) for one in self.sent[1:]]


async def test_a_stream_of_events_is_ended_in_good_order():
    asked = Asked("text/event-stream; charset=utf-8")
    ending = EndingStreams(asked.application)
    answering = asked.answered_by(ending)
    await asked.began.wait()
    ending.end()
    await asyncio.wait_for(answering, 60)
    assert asked.bodies == [(b"first", True), (b"", False)]


async def test_a_stream_that_is_opened_while_the_server_drains_ends_as_well():
    asked = Asked("text/event-stream")
    ending = EndingStreams(asked.application)
    ending.end()
    await asyncio.wait_for(asked.answered_by(ending), 60)
    assert asked.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


@pytest.mark.parametrize(("content_type", "method"), [("application/json", "GET"), ("text/event-stream", "POST")])
async def test_an_answer_in_the_making_is_waited_for(content_type: str, method: str):
    asked = Asked(content_type, method=method)
    ending = EndingStreams(asked.application)
    answering = asked.answered_by(ending)
    await asked.began.wait()
    ending.end()
    asked.go.set()
    await asyncio.wait_for(answering, 60)
    assert asked.bodies == [(b"first", True), (b"last", False)]


async def test_a_reader_who_goes_away_is_no_end_in_good_order():
    asked = Asked("text/event-stream")
    answering = asked.answered_by(EndingStreams(asked.application))
    await asked.began.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert asked.bodies == [(b"first", True)]
