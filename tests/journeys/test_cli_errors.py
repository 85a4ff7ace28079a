"""What goes wrong is told in two lines, with a remedy and a promised exit code."""

import ctypes
import http.server
import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import KODIT, CommandLine, Ended
from journey_world import World, write

HUGE = str(10**20)


def told(ended: Ended, code: int) -> Ended:
    """The command ended so, and said why on one line and what to do on another."""
    assert ended.code == code, ended
    assert ended.out == ""
    assert ended.error, ended.err
    assert ended.remedy, ended.err
    assert "Traceback" not in ended.err
    return ended


def test_a_path_that_does_not_exist(fresh: CommandLine):
    assert "no-such-place" in told(fresh.run("index", "no-such-place"), 3).error


def test_a_file_is_no_source(fresh: CommandLine, tmp_path):
    write(tmp_path, {"file.py": "one = 1\n"})
    assert "is not a directory" in told(fresh.run("index", tmp_path / "file.py"), 4).error


@pytest.mark.parametrize("name", ["", "-x", "../up", "two\nlines"])
def test_a_name_that_would_be_a_nuisance_is_refused_before_anything_is_made(fresh: CommandLine, tmp_path, name: str):
    write(tmp_path / "code", {"file.py": "one = 1\n"})
    ended = told(fresh.run("index", tmp_path / "code", f"--name={name}"), 4)
    assert "cannot be a source's name" in ended.error
    assert fresh.json("sources") == []


def test_a_directory_that_is_no_repository(fresh: CommandLine, tmp_path):
    write(tmp_path / "plain", {"file.py": "one = 1\n"})
    ended = fresh.run("index", f"file://{tmp_path / 'plain'}")
    assert "is no git repository" in told(ended, 4).error
    assert "does not exist" in told(fresh.run("index", f"file://{tmp_path / 'nothing'}", "--no-wait"), 3).error
    assert fresh.json("sources") == []


@pytest.fixture
def refusing() -> Iterator[str]:
    """The URL of a server that asks everybody for a password."""

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="here"')
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/owner/repo.git"
        server.shutdown()


def test_a_clone_that_is_refused_keeps_no_credentials(fresh: CommandLine, refusing: str):
    ended = told(fresh.run("index", refusing.replace("://", "://me:hush@")), 1)
    assert "the credentials in the URL are not used" in ended.err
    assert "hush" not in ended.err
    assert "hush" not in fresh.ok("queue", "list", "--json").out


def test_a_server_that_does_not_answer_is_tried_again_and_then_given_up(fresh: CommandLine):
    impatient = CommandLine(fresh.data_dir, {"KODIT_RETRY_ATTEMPTS": "2", "KODIT_RETRY_BASE_SECONDS": "0.5"})
    ended = told(impatient.run("index", "http://127.0.0.1:9/owner/repo.git"), 1)
    assert "SYNC: retrying in" in ended.err
    task = fresh.json("queue", "list", "--state", "dead")[0]
    assert f"kodit queue show {task['id']}" in ended.remedy
    history = fresh.json("queue", "show", task["id"])["errors"]
    assert [error["attempt"] for error in history] == [1, 2]
    assert {error["kind"] for error in history} == {"Unavailable"}
    assert all("Traceback" in error["trace"] for error in history)


def without_the_superusers_rights() -> None:
    """Drop the capabilities to read everything, as the next program inherits none that are dropped here."""
    library = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        library.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; fails, and need not succeed, for other users


def test_a_directory_that_may_not_be_read(fresh: CommandLine, tmp_path):
    write(tmp_path / "closed", {"file.py": "one = 1\n"})
    (tmp_path / "closed").chmod(0)
    with fresh.start("index", tmp_path / "closed", preexec_fn=without_the_superusers_rights) as started:
        out, err = started.communicate(timeout=60)
    (tmp_path / "closed").chmod(0o700)

    assert "may not be read" in told(Ended(started.returncode, out, err), 1).error


def test_a_corrupt_database(fresh: CommandLine):
    fresh.data_dir.mkdir()
    (fresh.data_dir / "kodit.db").write_bytes(b"this is no database at all, and long enough to be looked at" * 100)
    told(fresh.run("search", "anything"), 6)
    told(fresh.run("db", "check"), 6)


def test_a_database_of_a_newer_kodit(copied: CommandLine):
    with closing(sqlite3.connect(copied.data_dir / "kodit.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert "newer kodit" in told(copied.run("search", "anything"), 6).error


def test_a_data_directory_that_is_a_file(fresh: CommandLine, tmp_path):
    write(tmp_path, {"file": ""})
    told(fresh.run("sources", "--data-dir", tmp_path / "file"), 4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serch", "x"], "search"),
        (["search"], "query"),
        (["search", "x", "--mode", "magic"], "hybrid"),
        (["queue", "list", "--state", "lost"], "dead"),
    ],
    ids=["mistyped command", "missing query", "unknown mode", "unknown state"],
)
def test_a_command_line_that_makes_no_sense(fresh: CommandLine, arguments: list[str], said: str):
    ended = told(fresh.run(*arguments), 2)
    assert said in ended.error.lower()
    assert "--help" in ended.remedy


def test_options_behind_what_ends_them_are_told_to_stand_before_it(fresh: CommandLine):
    assert told(fresh.run("search", "--", "-x", "--limit", "1"), 2).remedy.startswith("options belong before --;")


def test_nothing_indexed_yet_makes_no_data_directory(fresh: CommandLine):
    assert "kodit index" in told(fresh.run("search", "anything"), 7).remedy
    assert not fresh.data_dir.exists()


def test_names_and_numbers_that_nothing_has(world: World):
    told(world.kodit.run("search", "x", "--source", "nowhere"), 3)
    for number in (4711, 3_000_000_000, 10**20):
        told(world.kodit.run("queue", "show", number), 3)
    for command in ("cancel", "retry", "discard"):
        assert (
            f"there is no {'run' if command == 'cancel' else 'task'} {10**20}"
            in world.kodit.run("queue", command, 10**20).err
        )


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("KODIT_WORKERS", "many", "setting workers must be a whole number, not many"),
        ("KODIT_WORKERS", "0", "setting workers must be at least 1, not 0"),
        ("KODIT_LEASE_SECONDS", "0", "setting lease_seconds must be more than 0, not 0"),
        (
            "KODIT_EMBEDDER",
            "magic",
            "setting embedder must be 'static', 'sentence-transformers' or 'bedrock', not magic",
        ),
        ("KODIT_TASK_POLICIES", "{x", "setting task_policies must be JSON"),
        (
            "KODIT_TASK_POLICIES",
            '{"SYNC": {"attempts": 0}}',
            "setting task_policies.SYNC.attempts must be at least 1, not 0",
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_with_its_place(fresh: CommandLine, variable, value, said):
    ended = told(CommandLine(fresh.data_dir, {variable: value}).run("status"), 4)
    assert ended.error == said
    assert f"correct {variable}" in ended.remedy


def test_a_setting_that_does_not_exist_is_named_with_the_nearest(fresh: CommandLine, tmp_path):
    write(tmp_path, {"kodit.toml": "wrokers = 3\n"})
    ended = told(CommandLine(fresh.data_dir, {"KODIT_CONFIG": str(tmp_path / "kodit.toml")}).run("status"), 4)
    assert ended.error == "setting wrokers does not exist; did you mean workers?"
    assert "kodit.toml" in ended.remedy


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["worker", "--concurrency", "0"], "Invalid value for '--concurrency': must be at least 1, not 0"),
        (["worker", "--concurrency", "x"], "Invalid value for '--concurrency': must be a whole number, not x"),
        (["search", "x", "--limit", "1001"], "Invalid value for '--limit': must be at most 1000, not 1001"),
        (["queue", "show", "x"], "Invalid value for 'TASK': must be a whole number, not x"),
        (["queue", "list", "--limit", HUGE], f"Invalid value for '--limit': must be at most 1000000, not {HUGE}"),
        (["queue", "dead", "--limit", HUGE], f"Invalid value for '--limit': must be at most 1000000, not {HUGE}"),
        (["queue", "dead", "--since", "99999999d"], "Invalid value: 99999999d is too long a time: at most 36500d"),
        (["worker", "--concurrency", HUGE], f"Invalid value for '--concurrency': must be at most 10000, not {HUGE}"),
        (["audit", "--before", HUGE], f"Invalid value for '--before': must be at most {2**53}, not {HUGE}"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_in_plain_words(fresh: CommandLine, arguments, said):
    assert told(fresh.run(*arguments), 2).error == said


def test_verbose_shows_where_an_error_comes_from(fresh: CommandLine):
    ended = fresh.run("index", "no-such-place", "--verbose")
    assert ended.code == 3
    assert "Traceback" in ended.err


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [(("definition", "nothing_so"), 3, "NotFound"), (("search", "a", "--nothing-so"), 2, "Usage")],
)
def test_where_json_is_asked_for_an_error_is_one_line_of_it(
    world: World, arguments: tuple[str, ...], code: int, kind: str
):
    ended = world.kodit.run(*arguments, "--json")
    error = json.loads(ended.err)["error"]
    assert (ended.code, ended.out, error["kind"]) == (code, "", kind)
    assert "nothing" in error["message"]
    assert error["remedy"]


@pytest.mark.parametrize("arguments", [("sources",), ("sources", "--json"), ("--help",), ("sources", "--help")])
def test_an_output_without_room_is_no_fault_of_kodit(world: World, arguments: tuple[str, ...]):
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*KODIT, *arguments],
            env={**os.environ, "KODIT_DATA_DIR": str(world.kodit.data_dir)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 6
    assert "cannot write to stdout: no space left on device" in ended.stderr
    assert "fault of kodit" not in ended.stderr


def test_dates_between_which_nothing_lies_are_refused(world: World):
    ended = told(world.kodit.run("search", "a", "--after", "2026-05-01", "--before", "2026-01-01"), 4)
    assert ended.error == "no change is both from 2026-05-01 on and before 2026-01-01"


def test_that_directories_have_no_authors_is_told(world: World):
    ended = world.kodit.ok("search", "order", "--author", "nobody at all")
    assert "known of git repositories only" in ended.err
