"""The picture that `kodit queue top` draws."""

from dataclasses import replace
from io import StringIO

import pytest
from queue_boards import EMPTY, HOUR, NOON, a_board
from rich.console import Console

from kodit.application.tasks.health import alerts
from kodit.application.tasks.statistics import HeldTasks, ReadyTasks
from kodit.domain.tasks.task_type import TaskType
from kodit.interfaces.cli.rendering.queue_frame import frame

SIZES = [(80, 24), (140, 40), (60, 10), (200, 80), (40, 5), (20, 2)]


def drawn(board, width=80, height=None, trouble=None):
    console = Console(width=width, file=StringIO(), color_system=None, legacy_windows=False)
    console.print(frame(board, width=width, height=height, trouble=trouble))
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("board", [EMPTY, a_board(), a_board(busy=50, retries=50, dead=50, workers=50)])
def test_a_frame_has_room_on_the_terminal(board, width, height):
    lines = drawn(board, width, height)

    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def test_what_runs_is_shown_with_its_progress_its_source_how_long_it_takes_and_who_has_it():
    [line] = [line for line in drawn(a_board(busy=1)) if "source-1 " in line]

    assert line.startswith("EXTRACT")
    assert "extract snip" in line
    assert "━" in line
    assert "1m23s" in line
    assert "build:4001" in line


@pytest.mark.parametrize("width", [44, 60, 80, 140])
def test_every_row_says_what_it_is_about_on_any_terminal(width):
    lines = drawn(a_board(), width)

    assert any(line.startswith("SYNC ") and " 120 " in line for line in lines)
    assert any(line.startswith("EXTRACT ") and "sou" in line for line in lines)
    assert any(line.startswith("100 ") and "1m30s" in line for line in lines)


def test_there_is_room_for_more_on_a_wide_terminal():
    [line] = [line for line in drawn(a_board(busy=1), 140) if "source-1 " in line]

    assert "300/1,000" in line
    assert "1/4" in line


def test_what_waits_is_shown_by_type_with_its_oldest_age():
    [line] = [line for line in drawn(a_board()) if line.startswith("SYNC")]

    assert line.split()[1:3] == ["120", "0"]
    assert "3m00s" in line


def test_retries_say_when_and_why_and_the_dead_say_what_of():
    lines = drawn(a_board(retries=1, dead=1))

    [retry] = [line for line in lines if line.startswith("100 ")]
    [dead] = [line for line in lines if line.startswith("200 ")]
    assert "1m30s" in retry
    assert "github.com" in retry
    assert "5m00s" in dead
    assert "bad things" in dead


def test_workers_are_shown_with_what_they_hold():
    assert any(line.split()[:4] == ["build:4001", "1/3", "2h00m", "7s"] for line in drawn(a_board()))


def test_words_from_elsewhere_cannot_steer_the_terminal():
    assert not any("\x1b" in line for line in drawn(a_board(), 200))


def test_alerts_stand_at_the_top_with_their_remedy():
    assert any("! 160 tasks wait, more than 100: start another worker" in line for line in drawn(a_board(), 120)[:5])


@pytest.mark.parametrize("width", [40, 80, 120])
def test_what_to_do_about_an_alert_is_never_cut_off(width):
    lines = drawn(failing_board(), width)

    shown = " ".join(line.strip() for line in lines)
    assert [alert.remedy for alert in alerts(failing_board().statistics) if alert.remedy not in shown] == []
    assert max(map(len, lines)) <= width


def test_alerts_leave_room_for_the_rest_on_a_small_terminal():
    lines = drawn(failing_board(), 60, 24)

    assert sum(line.startswith(("!", "  ")) for line in lines[2:11]) <= 8
    assert "! and more: kodit queue stats" in lines
    assert any(line.startswith("RUNNING") for line in lines)


def test_what_a_silent_worker_holds_says_so():
    board = a_board(busy=1, workers=0)
    about = {"machine": "0123456789ab", "host": "build", "pid": 4001, "seen_at": NOON, "number": 1}
    about["type"] = TaskType.SYNC
    held = HeldTasks(owner=board.running[0].task.lease_owner, leased_until=NOON, **about)
    silent = replace(board, statistics=replace(board.statistics, held=[held]))

    assert any("silent build:4001" in line for line in drawn(silent, 140))


def failing_board():
    """All that can be wrong at once."""
    ready = [ReadyTasks(type=TaskType(2), place=place, number=9, oldest_at=NOON - HOUR) for place in ("", "ab", "cd")]
    queue = replace(a_board(workers=0).statistics, ready=ready)
    types = [replace(one, failed=30, paused=one.type == TaskType.SYNC) for one in queue.types]
    return replace(a_board(workers=0), statistics=replace(queue, types=types))


def test_what_cannot_be_read_is_said_above_what_was_read_last():
    lines = drawn(a_board(), trouble="the database is locked")

    assert any("not the newest: the database is locked" in line for line in lines[:4])
    assert any("source-1 " in line for line in lines)


def test_every_section_gets_its_share_of_a_small_terminal():
    lines = drawn(a_board(busy=50, retries=50, dead=50, workers=50), 100, 24)

    titles = [line.split()[0] for line in lines if line[:1].isupper() and line.split()[0] in TITLES]
    assert titles == list(TITLES)
    assert len(lines) == 24


def test_an_idle_queue_says_so_in_its_first_line():
    assert drawn(EMPTY)[0].startswith("kodit queue  0 waiting  0 running  0 scheduled  0 dead  0 workers")


TITLES = ("RUNNING", "WAITING", "RETRIES", "DIED", "WORKERS")
