"""Git repositories by http on this machine, and servers that refuse, hang or are not there."""

import asyncio
import base64
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock
from repositories import at, commit, contents, git

from kodit.domain.errors import (
    KoditError,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
)
from kodit.infrastructure.git.process import GitLimits
from kodit.infrastructure.git.working_copies import GitWorkingCopies

SECOND = timedelta(seconds=1)


@pytest.fixture
def served() -> Iterator[Callable[[type[BaseHTTPRequestHandler]], str]]:
    """Serves a handler on this machine; gives its address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(handler: type[BaseHTTPRequestHandler]) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def backend(root: Path, credentials: str | None = None) -> type[BaseHTTPRequestHandler]:
    """git's own http server, behind basic authentication if `credentials` are given."""
    wanted = "Basic " + base64.b64encode(credentials.encode()).decode() if credentials else None

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if wanted is not None and self.headers["Authorization"] != wanted:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_NOSYSTEM": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            ran = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True, check=True)
            head, _, content = ran.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server asks for

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def answering(status: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


async def test_a_repository_is_mirrored_by_http(
    copies: GitWorkingCopies, upstream: Path, served: Callable[..., str]
) -> None:
    url = served(backend(upstream.parent))

    copy = await copies.refresh(at(f"{url}/upstream/.git"))

    assert await contents(copy) == {"a": "one"}
    newer = commit(upstream, a="two")
    assert (await copies.refresh(at(f"{url}/upstream/.git"))).commit == newer


async def test_a_private_repository_is_reached_by_the_users_credential_helper(
    copies: GitWorkingCopies, upstream: Path, served: Callable[..., str], mirrors: Path
) -> None:
    url = served(backend(upstream.parent, credentials="me:s3cret"))
    with pytest.raises(Refused) as raised:
        await copies.refresh(at(f"{url}/upstream/.git"))
    assert "credential" in (raised.value.remedy or "")

    helper = "!f() { echo username=me; echo password=s3cret; }; f"
    git(upstream, "config", "--global", f"credential.{url}.helper", helper)

    assert await contents(await copies.refresh(at(f"{url}/upstream/.git"))) == {"a": "one"}
    kept = [path for path in mirrors.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
    assert kept == []


async def test_credentials_that_the_user_told_git_stand_in_no_message(
    copies: GitWorkingCopies, upstream: Path, served: Callable[..., str]
) -> None:
    url = served(backend(upstream.parent, credentials="me:other"))
    secret = url.replace("http://", "http://me:s3cret@")
    git(upstream, "config", "--global", f"url.{secret}/.insteadOf", "https://example.invalid/")

    with pytest.raises(Refused) as raised:
        await copies.refresh(at("https://example.invalid/upstream/.git"))

    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Refused), (403, Refused), (404, NotFound), (429, RateLimited), (500, Unavailable), (503, Unavailable)],
)
async def test_what_a_server_answers_says_whether_to_try_again(
    copies: GitWorkingCopies, served: Callable[..., str], mirrors: Path, status: int, error: type[KoditError]
) -> None:
    with pytest.raises(error):
        await copies.refresh(at(f"{served(answering(status))}/x.git"))

    assert not list(mirrors.glob("*.git*[!k]"))


async def test_a_refused_connection_is_unavailable(copies: GitWorkingCopies) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    for scheme in ("http", "git"):
        with pytest.raises(Unavailable):
            await copies.refresh(at(f"{scheme}://127.0.0.1:{port}/x.git"))


async def test_a_server_that_never_answers_is_given_up(mirrors: Path) -> None:
    hasty = GitWorkingCopies(mirrors, GitLimits(network=SECOND / 2))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(Unavailable) as raised:
            await hasty.refresh(at(f"git://127.0.0.1:{port}/x.git"))

    assert "0.5 seconds" in str(raised.value)


async def test_a_connection_over_which_nothing_comes_is_given_up_before_the_limit(mirrors: Path) -> None:
    hasty = GitWorkingCopies(mirrors, GitLimits(stall=SECOND))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(Unavailable) as raised:
            await hasty.refresh(at(f"http://127.0.0.1:{port}/x.git"))

    assert "took longer" not in str(raised.value)


async def test_a_cancelled_refresh_ends_git_and_its_children_and_frees_the_mirror(
    copies: GitWorkingCopies, mirrors: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        loop = asyncio.get_running_loop()
        refreshing = asyncio.create_task(copies.refresh(at(f"http://127.0.0.1:{server.getsockname()[1]}/x.git")))
        connection, _ = await loop.sock_accept(server)
        with connection:
            refreshing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await refreshing
            while await loop.sock_recv(connection, 4096):
                pass  # the connection ends only when git's child does

    [lock] = mirrors.glob("*.lock")
    with FileLock(lock, timeout=0):
        assert not list(mirrors.glob("*.partial"))
