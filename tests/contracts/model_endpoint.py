"""A language model's endpoint on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler, str], None]
"""Answers one request, given the user's message in it."""


class Endpoints(ThreadingHTTPServer):
    """A model's endpoint on loopback that answers as the test says and remembers what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.requests: list[dict[str, object]] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of these tests."""


class Handler(BaseHTTPRequestHandler):
    server: Endpoints

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append(request)
        self.server.keys.append(self.headers["authorization"])
        self.server.paths.append(self.path)
        self.server.answer(self, request["messages"][1]["content"])

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


def send(
    handler: BaseHTTPRequestHandler, body: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(payload)))
    handler.end_headers()
    handler.wfile.write(payload)


def completion(text: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}


def echo(handler: BaseHTTPRequestHandler, question: str) -> None:
    send(handler, completion(f"It says {question.splitlines()[-2]}."))


@contextmanager
def serving(answer: Answer) -> Iterator[Endpoints]:
    with Endpoints(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
