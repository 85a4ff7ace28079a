"""A web server on loopback that has lists of packages."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

Answer = Callable[["Handler"], None]


class ListServer(ThreadingHTTPServer):
    """Answers by the path of a request, as the test says, and remembers what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.scheme = "http"

    def url(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}{path}"

    def encrypt(self, certificate: Path) -> None:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.scheme = "https"

    def heads(self, path: str, *names: str) -> list[list[str | None]]:
        """What the requests for a path had in these headers, in their order."""
        return [[head.get(name) for name in names] for asked, head in self.asked if asked == path]

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of these tests."""


class Handler(BaseHTTPRequestHandler):
    server: ListServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.server.answers.get(self.path, missing)(self)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""

    def head(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(length))
        self.end_headers()


def missing(handler: Handler) -> None:
    handler.head(404, 0)


def body(content: bytes, etag: str | None = '"one"', **headers: str) -> Answer:
    """Has this, tells when somebody has it already, and gives parts of it, as a good server does."""

    def answer(handler: Handler) -> None:
        about = headers | ({"etag": etag} if etag else {})
        if etag and handler.headers["if-none-match"] == etag:
            handler.send_response(304)
            handler.end_headers()
            return
        start = handler.headers["range"]
        if start and handler.headers["if-range"] in (etag, headers.get("last_modified")):
            first = int(start.removeprefix("bytes=").removesuffix("-"))
            span = f"bytes {first}-{len(content) - 1}/{len(content)}"
            handler.head(206, len(content) - first, content_range=span, **about)
            handler.wfile.write(content[first:])
            return
        handler.head(200, len(content), **about)
        handler.wfile.write(content)

    return answer


def breaks_after(sent: int, content: bytes, etag: str | None = '"one"', **headers: str) -> Answer:
    """Begins to answer with this, and hangs up after so many bytes."""

    def answer(handler: Handler) -> None:
        handler.head(200, len(content), **headers, **({"etag": etag} if etag else {}))
        handler.wfile.write(content[:sent])
        handler.close_connection = True

    return answer


def status(code: int, **headers: str) -> Answer:
    return lambda handler: handler.head(code, 0, **headers)


def one_after_the_other(*answers: Answer) -> Answer:
    """Each answers once, and the last from then on."""
    left = list(answers)

    def answer(handler: Handler) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        now(handler)

    return answer


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[ListServer]:
    with ListServer() as server:
        if certificate is not None:
            server.encrypt(certificate)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
