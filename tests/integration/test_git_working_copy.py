"""Git repositories by path, by http on this machine, and by servers that refuse, hang or are not there."""

import asyncio
import base64
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from kodit.domain.errors import (
    InvalidInput,
    KoditError,
    Locked,
    NotFound,
    RateLimited,
    Refused,
    StorageFull,
    Unavailable,
)
from kodit.domain.sources.source import Source, SourceKind
from kodit.infrastructure.git.failures import failure
from kodit.infrastructure.git.process import GitLimits
from kodit.infrastructure.git.working_copy import GitWorkingCopies, GitWorkingCopy

SECONDS = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git as on a machine where nobody has configured it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_ASKPASS", "/bin/false")
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.invalid")


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, **files: str) -> str:
    for name, content in files.items():
        (root / name).write_text(content)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message=more")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    root = tmp_path / "upstream"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, a="one")
    return root


@pytest.fixture
def mirrors(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mirrors"


@pytest.fixture
def copies(mirrors: Path) -> GitWorkingCopies:
    return GitWorkingCopies(mirrors)


def at(location: object, commit: str | None = None) -> Source:
    created_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Source(name="it", kind=SourceKind.GIT, location=str(location), commit=commit, created_at=created_at)


async def contents(copy: GitWorkingCopy) -> dict[str, str]:
    paths = [entry.path for entry in await copy.entries()]
    return {path: (content or b"").decode() async for path, content in copy.read(paths)}


# --- what is read -------------------------------------------------------------------------------------------------


async def test_a_commit_is_opened_without_its_repository_and_without_new_commits(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    first = (await copies.refresh(at(upstream))).commit
    commit(upstream, a="two")
    second = (await copies.refresh(at(upstream))).commit
    upstream.rename(f"{upstream}-moved")

    assert await contents(await copies.open(at(upstream, first))) == {"a": "one"}
    assert await contents(await copies.open(at(upstream, second))) == {"a": "two"}
    assert (await copies.open(at(upstream))).commit == second


async def test_a_commit_that_this_machine_lacks_is_fetched(copies: GitWorkingCopies, upstream: Path) -> None:
    await copies.refresh(at(upstream))
    newer = commit(upstream, a="two")

    assert await contents(await copies.open(at(upstream, newer))) == {"a": "two"}


async def test_a_commit_that_exists_nowhere_is_not_found(copies: GitWorkingCopies, upstream: Path) -> None:
    for unknown in ("0" * 40, "no such commit", "--help"):
        with pytest.raises(NotFound):
            await copies.open(at(upstream, unknown))


async def test_the_remote_head_is_followed_to_another_branch_and_through_a_forced_push(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    await copies.refresh(at(upstream))
    git(upstream, "checkout", "--quiet", "--orphan", "other")
    commit(upstream, a="other")
    assert await contents(await copies.refresh(at(upstream))) == {"a": "other"}

    git(upstream, "commit", "--quiet", "--amend", "--message=forced")
    forced = git(upstream, "rev-parse", "HEAD")
    assert (await copies.refresh(at(upstream))).commit == forced

    git(upstream, "checkout", "--quiet", "main")
    git(upstream, "branch", "--quiet", "-D", "other")
    assert await contents(await copies.refresh(at(upstream))) == {"a": "one"}


async def test_a_detached_head_is_followed(copies: GitWorkingCopies, upstream: Path) -> None:
    await copies.refresh(at(upstream))
    git(upstream, "checkout", "--quiet", "--detach")
    detached = commit(upstream, a="detached")

    assert (await copies.refresh(at(upstream))).commit == detached


async def test_an_empty_repository_has_no_commit_and_no_files_until_it_has(
    copies: GitWorkingCopies, tmp_path: Path
) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    empty = await copies.refresh(at(root))
    assert (empty.commit, await empty.entries()) == (None, [])
    assert (await copies.open(at(root))).commit is None

    first = commit(root, a="one")

    assert (await copies.refresh(at(root))).commit == first


async def test_a_head_without_its_branch_gives_way_to_the_usual_one(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=unborn", str(bare))
    git(upstream, "push", "--quiet", str(bare), "main")

    assert await contents(await copies.refresh(at(bare))) == {"a": "one"}


async def test_branches_and_tags_are_mirrored_and_nothing_else(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    git(upstream, "tag", "v1")
    git(upstream, "branch", "dev")
    git(upstream, "update-ref", "refs/pull/1/head", "HEAD")

    await copies.refresh(at(upstream))
    git(upstream, "branch", "-D", "dev")
    await copies.refresh(at(upstream))

    [mirror] = mirrors.glob("*.git")
    assert git(mirror, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main", "refs/tags/v1"]


async def test_submodules_are_left_out(copies: GitWorkingCopies, upstream: Path) -> None:
    git(upstream, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    git(upstream, "commit", "--quiet", "--message=module")

    assert [entry.path for entry in await (await copies.refresh(at(upstream))).entries()] == ["a"]


async def test_a_tree_that_names_places_outside_itself_loses_these_names(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    blob = git(upstream, "rev-parse", "HEAD:a")

    def tree(*entries: str) -> str:
        text = "".join(f"{entry}\n" for entry in entries)
        made = subprocess.run(["git", "mktree"], cwd=upstream, input=text, check=True, capture_output=True, text=True)
        return made.stdout.strip()

    inner = tree(f"100644 blob {blob}\tb")
    outer = tree(f"100644 blob {blob}\ta", f"040000 tree {inner}\t..", f"040000 tree {inner}\t.git")
    git(upstream, "update-ref", "HEAD", git(upstream, "commit-tree", outer, "-m", "hostile"))

    assert [entry.path for entry in await (await copies.refresh(at(upstream))).entries()] == ["a"]


async def test_file_urls_work_and_hooks_of_the_repository_do_not_run(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path
) -> None:
    for hook in ("post-checkout", "reference-transaction", "post-update", "pre-auto-gc"):
        (upstream / ".git" / "hooks").mkdir(exist_ok=True)
        (upstream / ".git" / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (upstream / ".git" / "hooks" / hook).chmod(0o755)

    assert await contents(await copies.refresh(at(f"file://{upstream}"))) == {"a": "one"}
    assert not (tmp_path / "ran").exists()


async def test_settings_of_the_repository_that_the_user_stands_in_are_not_read(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    git(here, "init", "--quiet")
    git(here, "config", "url.file:///nowhere/.insteadOf", f"{tmp_path}/")
    monkeypatch.chdir(here)
    monkeypatch.setenv("GIT_DIR", str(here / ".git"))

    assert await contents(await copies.refresh(at(upstream))) == {"a": "one"}


# --- what goes wrong on this machine ------------------------------------------------------------------------------


async def test_a_directory_without_repository_is_invalid(copies: GitWorkingCopies, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()

    with pytest.raises(InvalidInput):
        await copies.refresh(at(tmp_path / "plain"))


async def test_nothing_is_left_of_a_first_fetch_that_failed_or_was_killed(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    await copies.refresh(at(upstream))
    [mirror] = mirrors.glob("*.git")
    half = mirror.with_name(f"{mirror.name}.partial")
    shutil.copytree(mirror, half)
    shutil.rmtree(mirror)
    (half / "HEAD.lock").touch()

    assert await contents(await copies.refresh(at(upstream))) == {"a": "one"}
    assert not half.exists()


async def test_locks_and_half_packs_of_a_killed_fetch_stop_nobody(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    await copies.refresh(at(upstream))
    [mirror] = mirrors.glob("*.git")
    (mirror / "objects" / "pack").mkdir(exist_ok=True)
    left = [mirror / "HEAD.lock", mirror / "packed-refs.lock", mirror / "refs/heads/main.lock"]
    left.append(mirror / "objects" / "pack" / "tmp_pack_x")
    for path in left:
        path.touch()
    newer = commit(upstream, a="two")

    assert (await copies.refresh(at(upstream))).commit == newer
    assert not any(path.exists() for path in left)


async def test_two_refreshes_of_one_mirror_take_turns(copies: GitWorkingCopies, upstream: Path, mirrors: Path) -> None:
    both = await asyncio.gather(*(GitWorkingCopies(mirrors).refresh(at(upstream)) for _ in range(2)))

    assert both[0].commit == both[1].commit == git(upstream, "rev-parse", "HEAD")


async def test_a_mirror_that_somebody_else_refreshes_for_too_long_is_locked(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    await copies.refresh(at(upstream))
    [lock] = mirrors.glob("*.lock")
    impatient = GitWorkingCopies(mirrors, GitLimits(lock=timedelta(0)))

    with FileLock(lock):
        for attempt in (impatient.refresh, impatient.discard):
            with pytest.raises(Locked):
                await attempt(at(upstream))
    await impatient.refresh(at(upstream))


async def test_discarding_deletes_the_mirror_and_only_that_one(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    await copies.refresh(at(upstream))
    await copies.refresh(at(f"file://{upstream}"))

    await copies.discard(at(upstream))

    assert len(list(mirrors.glob("*.git"))) == 1
    assert (await copies.open(at(f"file://{upstream}"))).commit
    assert (upstream / "a").read_text() == "one"


async def test_git_that_is_not_installed_is_named(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotFound) as raised:
        await copies.refresh(at(upstream))

    assert "git is not installed" in str(raised.value)


# --- http ---------------------------------------------------------------------------------------------------------


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
    hasty = GitWorkingCopies(mirrors, GitLimits(network=SECONDS / 2))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(Unavailable) as raised:
            await hasty.refresh(at(f"git://127.0.0.1:{port}/x.git"))

    assert "0.5 seconds" in str(raised.value)


async def test_a_connection_over_which_nothing_comes_is_given_up_before_the_limit(mirrors: Path) -> None:
    hasty = GitWorkingCopies(mirrors, GitLimits(stall=SECONDS))
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


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("error: unable to write file: No space left on device\nfatal: early EOF", StorageFull),
        ("git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.", Refused),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", Refused),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", NotFound),
        ("fatal: unable to access 'https://h/': Could not resolve host: h", Unavailable),
        ("ssh: connect to host h port 22: Connection timed out", Unavailable),
        ("fatal: the remote end hung up unexpectedly", Unavailable),
        ("fatal: detected dubious ownership in repository at '/x'", Refused),
        ("something never heard of", Unavailable),
        ("", Unavailable),
    ],
)
def test_what_git_says_becomes_an_error_of_the_right_kind_on_one_line(said: str, error: type[KoditError]) -> None:
    raised = failure(said.encode(), "Fetching x")

    assert type(raised) is error
    assert "\n" not in str(raised)
    assert str(raised).startswith("Fetching x failed: ")


def test_control_characters_and_credentials_of_a_server_never_reach_the_user() -> None:
    raised = failure(b"fatal: \x1b]0;title\x07 https://u:tok@h/x \xff" + b"y" * 10_000, "Fetching x")

    assert str(raised).isprintable()
    assert "tok" not in str(raised)
    assert len(str(raised)) < 400
