"""On a terminal there are colours and bars; in a pipe there is plain text; Ctrl-C leaves work that can be resumed."""

import os
import pty
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from command_line import KODIT, CommandLine
from journey_world import SHOP, World, write

COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-7]|9[0-7]|38;)[0-9;]*m")


def on_a_terminal(kodit: CommandLine, *arguments: object, **variables: str) -> str:
    """All that the command shows to a person."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*KODIT, *map(str, arguments)],
        env={**kodit.environment, "TERM": "xterm-256color", **variables},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    while chunk := _read(leader):
        shown += chunk
    os.close(leader)
    assert process.wait(timeout=60) == 0, shown
    return shown.decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # how Linux tells that nobody has the other end any more
        return b""


def test_an_index_run_on_a_terminal_shows_a_bar_for_each_phase(fresh: CommandLine, tmp_path: Path):
    write(tmp_path / "shop", SHOP)
    shown = on_a_terminal(fresh, "index", tmp_path / "shop")
    assert all(phase in shown for phase in ("sync", "extract", "bm25 index", "code embeddings", "enrich"))
    assert "\x1b[" in shown
    assert "indexed in" in shown


def test_code_is_highlighted_on_a_terminal_and_nowhere_else(world: World):
    shown = on_a_terminal(world.kodit, "search", "parse price", "--limit", 1)
    monochrome = on_a_terminal(world.kodit, "search", "parse price", "--limit", 1, NO_COLOR="1")
    piped = world.kodit.ok("search", "parse price", "--limit", 1).out

    assert COLOUR.search(shown)
    assert not COLOUR.search(monochrome)
    assert "\x1b" not in piped


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_the_list_of_sources_fits_the_terminal(world: World, columns: int):
    shown = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(world.kodit, "sources", COLUMNS=str(columns)))
    drawn = [line for line in shown.splitlines() if not line.startswith("left out")]

    assert max(map(len, drawn)) <= columns
    assert {"name", "state", "snippets"} <= set(drawn[1].split())
    assert [line.split()[0] for line in drawn if line.strip()][2:] == ["library", "shop"]


def test_control_characters_in_code_do_not_reach_the_terminal(fresh: CommandLine, tmp_path: Path):
    write(tmp_path / "code", {"evil.py": "def steer():\n    return '\x1b]0;mine\x07'\n"})
    fresh.ok("index", tmp_path / "code")
    assert "\x1b]0;" not in on_a_terminal(fresh, "search", "steer")
    assert "\x1b" not in fresh.ok("search", "steer").out


def test_a_reader_that_has_seen_enough_is_no_error(world: World):
    with world.kodit.start("search", "order", "--full") as process:
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert err == ""


def test_an_interrupted_index_run_is_resumed_where_it_was(fresh: CommandLine, tmp_path: Path):
    write(tmp_path / "shop", SHOP)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with socket.create_server(("127.0.0.1", 0)) as model:
            # It is asked for descriptions in the last phase, and never answers.
            model.settimeout(60)
            url = f"http://127.0.0.1:{model.getsockname()[1]}/v1"
            asking = {"KODIT_DESCRIBER": "openai", "KODIT_OPENAI_BASE_URL": url, "KODIT_OPENAI_MODEL": "tiny"}
            with CommandLine(fresh.data_dir, asking).start("index", tmp_path / "shop") as process:
                line, _ = model.accept()
                process.send_signal(number)
                out, err = process.communicate(timeout=60)
                line.close()
        assert (process.returncode, out) == (code, "")
        assert f"Go on with: kodit index {tmp_path / 'shop'}" in err

    report = fresh.json("index", tmp_path / "shop")
    tasks = {task["type"]: task for task in fresh.json("queue", "list", "--state", "all") if task["run"] == 1}
    assert report["state"] == "completed"
    assert {(task["state"], task["attempts"]) for task in tasks.values()} == {("succeeded", 1)}
