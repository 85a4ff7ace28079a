"""A worker that is told to stop while it has a task in hand: a clone from a server that keeps it waiting."""

import signal
import socket

import pytest

WITHOUT_END = 60
"""Seconds that nobody waits for."""


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(WITHOUT_END)
        yield listening


@pytest.fixture
def working(fresh, server):
    """A worker whose task waits for the server, and the server's end of the line."""
    url = f"http://127.0.0.1:{server.getsockname()[1]}/code.git"
    fresh.ok("index", url, "--no-wait")
    started = []

    def start(**settings):
        worker = type(fresh)(fresh.data_dir, settings).start("worker")
        line, _ = server.accept()
        started.append((worker, line))
        return worker, line

    yield start
    for worker, line in started:
        worker.kill()
        # The clone of a worker that was killed lasts as long as the line, and holds the worker's pipes.
        line.close()
        worker.communicate()


def in_hand(fresh):
    [task] = fresh.json("queue", "list", "--state", "ready", "--state", "running", "--state", "scheduled")
    return task["state"], task["attempts"]


def test_what_a_killed_worker_held_is_not_shown_as_being_indexed(fresh, working):
    worker, _ = working()
    held = fresh.json("sources")[0]["state"]
    worker.kill()
    worker.wait(WITHOUT_END)

    assert held != "queued"
    assert fresh.json("sources")[0]["state"] == "queued"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_takes_too_long_is_given_back_unharmed(fresh, working, number):
    worker, line = working(KODIT_DRAIN_SECONDS="0.1")
    worker.send_signal(number)
    _, err = worker.communicate(timeout=WITHOUT_END)
    # The clone has ended with its worker.
    while line.recv(4096):
        pass

    assert worker.returncode == 0
    assert "stopping; 1 task in hand\ngiving 1 task back\n" in err
    assert in_hand(fresh) == ("ready", 0)


def test_what_ends_in_time_is_settled(fresh, working):
    worker, line = working(KODIT_DRAIN_SECONDS=str(WITHOUT_END))
    worker.send_signal(signal.SIGTERM)
    assert any("stopping" in line for line in iter(worker.stderr.readline, ""))
    line.close()
    _, err = worker.communicate(timeout=WITHOUT_END)

    assert worker.returncode == 0
    assert "giving" not in err
    assert in_hand(fresh) == ("scheduled", 1)


def test_a_second_signal_ends_it_at_once_and_the_next_worker_takes_over(fresh, working):
    worker, line = working(KODIT_DRAIN_SECONDS=str(WITHOUT_END))
    worker.send_signal(signal.SIGTERM)
    assert any("stopping" in line for line in iter(worker.stderr.readline, ""))
    worker.send_signal(signal.SIGINT)
    worker.communicate(timeout=WITHOUT_END)
    line.settimeout(WITHOUT_END)
    while line.recv(4096):
        pass
    working()

    assert worker.returncode == 128 + signal.SIGINT
    assert in_hand(fresh) == ("running", 2)
