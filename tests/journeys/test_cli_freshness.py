"""Sources stay fresh: watched, at intervals, told of by forges, named in the settings."""

import hashlib
import hmac
import json
import signal
import sqlite3
from contextlib import closing

import httpx
import pytest
from command_line import CommandLine
from journey_world import git, write

LONG = 60
"""Seconds that nobody waits for."""
SECRET = "between us"


@pytest.fixture
def started():
    """Begins what is ended with the test."""
    processes = []

    def start(kodit, *arguments):
        processes.append(kodit.start(*arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "shop"
    write(root, {"a.py": "def first(): ...\n", ".gitignore": "ignored/\n"})
    return root


@pytest.fixture
def library(tmp_path):
    """A git repository, and where to commit to it."""
    work, bare = tmp_path / "work", tmp_path / "library.git"
    write(work, {"a.py": "def first(): ...\n"})
    git("init", "--quiet", "--initial-branch=main", cwd=work)
    git("add", ".", cwd=work)
    git("commit", "--quiet", "--message=first", cwd=work)
    git("clone", "--quiet", "--bare", work, bare, cwd=tmp_path)
    git("remote", "add", "origin", bare, cwd=work)
    return work, bare


def with_settings(kodit, **settings):
    return CommandLine(kodit.data_dir, {**kodit.variables, **settings})


def found(kodit, name):
    return [hit["path"] for hit in kodit.json("search", name, "--mode", "keyword")["results"]]


def test_kodit_watch_indexes_what_changes_and_says_so(fresh, tree, started):
    watching = started(fresh, "watch", tree, "--json")
    first = json.loads(watching.stdout.readline())
    write(tree, {"ignored/never.py": "def never(): ...\n"})
    # At one blow: a file that is made and then filled may be told of twice.
    (tree.parent / "apart").write_text("def second(): ...\n")
    (tree.parent / "apart").rename(tree / "b.py")
    second = json.loads(watching.stdout.readline())
    (tree / "a.py").unlink()
    third = json.loads(watching.stdout.readline())
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=LONG)

    assert [entry["source"] for entry in (first, second, third)] == ["shop"] * 3
    assert [entry["paths"] for entry in (first, second, third)] == [[], ["b.py"], ["a.py"]]
    assert (first["files"]["added"], second["files"]["added"], third["files"]["deleted"]) == (2, 1, 1)
    assert (watching.returncode, err) == (0, "watching shop until Ctrl-C\nstopped; what is done is kept\n")
    assert fresh.json("sources", "show", "shop")["state"] == "indexed"


def test_kodit_watch_says_in_words_what_it_did(fresh, tree, started):
    fresh.ok("index", tree)
    watching = started(fresh, "watch")
    assert "shop: nothing changed, run 2," in watching.stdout.readline()
    write(tree, {"b.py": "def second(): ...\n"})
    assert "shop (b.py): 1 added, run 3," in watching.stdout.readline()
    watching.send_signal(signal.SIGTERM)

    assert watching.wait(LONG) == 0


def test_kodit_watch_refuses_what_does_not_change_by_itself(fresh, library):
    _, bare = library
    ended = fresh.run("watch", f"file://{bare}")
    nothing = fresh.run("watch")

    assert fresh.json("sources") == []
    assert (ended.code, "is a repository" in ended.error) == (4, True)
    assert "kodit sources set" in ended.remedy
    assert (nothing.code, nothing.error) == (7, "there is no directory to watch yet")


def test_an_interval_is_given_shown_and_taken_back(copied):
    assert copied.ok("sources", "set", "library", "--every", "1h30m").out.startswith("library: every 1h30m; due at 20")
    shown = copied.json("sources", "show", "library")
    assert shown["every_seconds"] == 5400
    assert "every         1h30m" in copied.ok("sources", "show", "library").out
    assert copied.ok("sources", "set", "library", "--every", "never").out == "library: never without being asked\n"
    assert copied.json("sources", "set", "library", "--every", "never") == {
        "name": "library",
        "every_seconds": 0,
        "due_at": None,
    }
    assert copied.json("sources", "set", "library", "--every", "default")["every_seconds"] is None


@pytest.mark.parametrize(
    ("name", "every", "code"), [("nothing", "2h", 3), ("library", "soon", 4), ("library", "1s", 4)]
)
def test_an_interval_that_makes_no_sense_is_refused(copied, name, every, code):
    ended = copied.run("sources", "set", name, "--every", every)

    assert (ended.code, bool(ended.remedy)) == (code, True)


def test_a_worker_that_schedules_brings_up_to_date_what_is_due(fresh, library, started):
    work, bare = library
    fresh.ok("index", f"file://{bare}", "--name", "library")
    write(work, {"b.py": "def pushed(): ...\n"})
    git("add", ".", cwd=work)
    git("commit", "--quiet", "--message=second", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)
    assert found(fresh, "pushed") == []
    with closing(sqlite3.connect(fresh.data_dir / "kodit.db")) as database, database:
        database.execute("UPDATE schedules SET due_at = '2026-01-01 00:00:00.000000'")
    worker = started(with_settings(fresh, KODIT_LOG_LEVEL="info"), "worker", "--schedule")
    for line in worker.stderr:
        if "task ended" in line and "type=ENRICH" in line:
            break
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(LONG) == 0

    assert found(fresh, "pushed") == ["b.py"]


def test_a_server_adds_what_its_settings_name_and_follows_what_changes_there(fresh, tree, started):
    server = started(
        with_settings(fresh, KODIT_SOURCES=f"{tree}, /no/such/place", KODIT_LOG_LEVEL="info"), "serve", "--port", "0"
    )
    ended = done_tasks(server)
    next(ended)
    write(tree, {"b.py": "def changed(): ...\n"})
    while found(fresh, "changed") != ["b.py"]:
        next(ended)
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=LONG)

    assert server.returncode == 0
    assert [row["name"] for row in fresh.json("sources")] == ["shop"]


def done_tasks(process):
    """Gives each time a run has ended."""
    for line in process.stderr:
        if "task ended" in line and "type=ENRICH" in line:
            yield


def test_a_forge_that_signs_has_the_source_synchronised_and_nobody_else_has(fresh, library, started):
    _, bare = library
    fresh.ok("index", f"file://{bare}", "--name", "library")
    with closing(sqlite3.connect(fresh.data_dir / "kodit.db")) as database, database:
        database.execute("UPDATE sources SET location = 'https://forge.example/owner/library'")
    server = started(with_settings(fresh, KODIT_WEBHOOK_SECRET=SECRET), "serve", "--port", "0", "--workers", "0")
    url = server.stdout.readline().rpartition(" ")[2].strip()
    push = {
        "ref": "refs/heads/main",
        "repository": {"ssh_url": "git@forge.example:owner/library.git", "default_branch": "main"},
    }
    body = json.dumps(push).encode()

    def deliver(forge="github", secret=SECRET, event="push"):
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-GitHub-Event": event, "X-Hub-Signature-256": f"sha256={signature}"}
        return httpx.post(f"{url}/webhooks/{forge}", content=body, headers=headers, timeout=LONG)

    assert deliver(secret="a guess").status_code == 403
    assert deliver(forge="sourceforge").status_code == 404
    assert deliver(event="ping").json() == {"event": "ping", "runs": {}}
    delivered, again = deliver(), deliver()
    assert (delivered.status_code, delivered.json()) == (202, {"event": "push", "runs": {"library": 2}})
    assert again.json() == delivered.json()
    assert fresh.json("sources", "show", "library")["state"] == "queued"


def test_without_a_secret_a_server_takes_no_webhooks(fresh, started):
    server = started(fresh, "serve", "--port", "0", "--workers", "0")
    url = server.stdout.readline().rpartition(" ")[2].strip()

    assert httpx.post(f"{url}/webhooks/github", content=b"{}", timeout=LONG).status_code == 404
