"""Looking at the queue: `kodit queue stats`, `kodit queue top`, `kodit status`, and what Prometheus reads."""

import os
import pty
import re
import signal
import sqlite3
import subprocess
import termios
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest
from command_line import KODIT, CommandLine
from journey_world import World, write
from prometheus_client.parser import text_string_to_metric_families

SCREEN, BACK = "\x1b[?1049h", "\x1b[?1049l"


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def queued(fresh: CommandLine, tmp_path: Path) -> CommandLine:
    """`kodit` with a source that waits to be indexed."""
    write(tmp_path / "code", {"a.py": "def one_thing(): ...\n"})
    fresh.ok("index", tmp_path / "code", "--no-wait")
    return fresh


def execute(kodit: CommandLine, statement: str) -> None:
    with closing(sqlite3.connect(kodit.data_dir / "kodit.db")) as database:
        database.execute(statement)
        database.commit()


def test_the_numbers_of_the_queue_follow_the_work(queued: CommandLine):
    before = queued.json("queue", "stats")
    queued.ok("worker", "--drain")
    after = queued.json("queue", "stats")

    assert (before["depth"], before["by_type"]["SYNC"]["ready"], before["by_type"]["ENRICH"]["blocked"]) == (5, 1, 1)
    assert before["by_type"]["SYNC"]["oldest_ready_seconds"] > 0
    assert (after["depth"], after["attempts"], after["error_rate"]) == (0, 5, 0)
    assert after["finished_per_minute"]["1m"] == 5
    assert after["by_type"]["EXTRACT"]["seconds"]["of"] == 1
    assert after["by_type"]["EXTRACT"]["seconds"]["p95"] > 0
    assert "states" in queued.ok("queue", "stats").out


def test_the_numbers_are_printed_for_prometheus(queued: CommandLine):
    found = samples(queued.ok("queue", "stats", "--prometheus").out)

    assert found["kodit_queue_tasks", "SYNC", "ready"] == 1
    assert found["kodit_queue_depth",] == 5
    assert queued.run("queue", "stats", "--prometheus", "--json").code == 2


def test_a_worker_serves_its_metrics_until_it_ends(queued: CommandLine):
    with queued.start("worker", "--metrics-port", "0") as worker:
        url = worker.stderr.readline().removeprefix("metrics at ").strip()
        found = {}
        while found.get(("kodit_task_attempts_total", "ENRICH", "done")) != 1:
            with urlopen(url, timeout=60) as answer:  # noqa: S310 - our own worker on loopback
                found = samples(answer.read().decode())
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=60)

    assert url.startswith("http://127.0.0.1:")
    assert worker.returncode == 0
    assert found["kodit_task_attempts_total", "SYNC", "done"] == 1
    assert found["kodit_task_duration_seconds_count", "EXTRACT"] == 1
    assert found["kodit_queue_up",] == 1
    assert found["kodit_queue_workers",] == 1
    with pytest.raises(OSError, match="refused"):
        urlopen(url, timeout=60)  # noqa: S310


def test_a_port_that_is_taken_ends_the_worker_with_a_remedy(fresh: CommandLine):
    ended = fresh.run("worker", "--metrics-host", "192.0.2.1", "--metrics-port", "9464")

    assert ended.code == 4, ended
    assert "metrics cannot be served at 192.0.2.1:9464" in ended.error
    assert "--metrics-port" in ended.remedy


def test_spans_go_where_opentelemetry_s_variables_say(queued: CommandLine):
    telling = CommandLine(queued.data_dir, {"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "none"})
    err = telling.ok("worker", "--drain").err

    assert err.count('"kodit.task.outcome": "done"') == 5
    assert '"name": "attempt CODE_EMBEDDINGS"' in err


def test_status_raises_an_alert_with_its_remedy(queued: CommandLine):
    assert queued.json("status")["alerts"] == []
    execute(queued, "UPDATE tasks SET ready_at = '2026-01-01 12:00:00.000000'")

    [alert] = queued.json("status")["alerts"]
    assert (alert["name"], alert["remedy"]) == ("no worker", "kodit worker")
    assert "alert: ready for a worker: 1, and none is alive\n       kodit worker" in queued.ok("status").out


def test_one_picture_of_the_queue_goes_into_a_pipe(queued: CommandLine):
    execute(queued, "UPDATE tasks SET state = 'dead', note = 'broken', finished_at = ready_at WHERE type = 1")
    out = queued.ok("queue", "top", "--once").out

    assert out.startswith("kodit queue  4 waiting  0 running  0 scheduled  1 dead  0 workers")
    assert re.search(r"^1 +SYNC +code .*broken$", out, re.MULTILINE)
    assert "\x1b" not in out
    assert queued.ok("queue", "top").out.startswith(out[:60])


class Terminal:
    """`kodit queue top` before a person."""

    def __init__(self, kodit: CommandLine, *arguments: object) -> None:
        self.leader, self.follower = pty.openpty()
        termios.tcsetwinsize(self.leader, (24, 80))
        self.settings = termios.tcgetattr(self.follower)
        environment = {name: value for name, value in kodit.environment.items() if name not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [*KODIT, "queue", "top", *map(str, arguments)],
            env={**environment, "TERM": "xterm-256color"},
            stdin=self.follower,
            stdout=self.follower,
            stderr=self.follower,
            start_new_session=True,
        )
        self.shown = ""

    def wait_for(self, words: str) -> None:
        while words not in self.shown:
            self.shown += os.read(self.leader, 65536).decode(errors="replace")

    def ended(self) -> int:
        """The exit code, once the screen is as it was before."""
        self.wait_for(BACK)
        code = self.process.wait(timeout=60)
        assert termios.tcgetattr(self.follower) == self.settings
        os.close(self.leader)
        os.close(self.follower)
        return code


def press(terminal: Terminal) -> None:
    os.write(terminal.leader, b"q")


def interrupt(terminal: Terminal) -> None:
    terminal.process.send_signal(signal.SIGINT)


@pytest.mark.parametrize("end", [press, interrupt])
def test_the_queue_is_watched_until_q_or_ctrl_c_and_the_terminal_is_left_as_it_was(queued: CommandLine, end):
    terminal = Terminal(queued)
    terminal.wait_for("WAITING 5")
    end(terminal)

    assert terminal.ended() == 0
    assert terminal.shown.count(SCREEN) == 1
    assert "Traceback" not in terminal.shown


def test_what_happens_meanwhile_is_seen(queued: CommandLine):
    terminal = Terminal(queued, "--interval", "0.1")
    terminal.wait_for("5 waiting")
    queued.ok("worker", "--drain")
    terminal.wait_for("0 waiting")
    press(terminal)

    assert terminal.ended() == 0


def test_a_database_that_is_busy_does_not_end_the_watching(queued: CommandLine):
    terminal = Terminal(queued, "--interval", "0.1")
    terminal.wait_for("5 waiting")
    with closing(sqlite3.connect(queued.data_dir / "kodit.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        terminal.shown = ""
        terminal.wait_for("5 waiting")
        other.execute("ROLLBACK")
    press(terminal)

    assert terminal.ended() == 0


def test_an_idle_world_has_nothing_to_look_at(world: World):
    assert world.kodit.json("status")["alerts"] == []
    assert world.kodit.ok("queue", "top", "--once").out.startswith("kodit queue  0 waiting")
