"""What an operator does when work fails: see what died, try it again or let it go, hold work back."""

import asyncio
import os
import pty
import re
import subprocess
from collections.abc import Callable
from contextlib import closing
from enum import IntEnum
from pathlib import Path

import pytest
from command_line import KODIT, CommandLine
from journey_world import write

import kodit
from kodit.queue import Failed, Phase, Pipeline

NOBODY = {
    "KODIT_DESCRIBER": "openai",
    "KODIT_OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "KODIT_OPENAI_MODEL": "tiny",
    "KODIT_RETRY_ATTEMPTS": "2",
    "KODIT_RETRY_BASE_SECONDS": "0",
}
"""An endpoint where nobody listens."""


@pytest.fixture
def failing(fresh: CommandLine) -> CommandLine:
    """`kodit` with a describer that cannot be reached."""
    return CommandLine(fresh.data_dir, NOBODY)


@pytest.fixture
def queue_sources(failing: CommandLine, tmp_path: Path) -> Callable[..., None]:
    """Queues a source for each of these names."""

    def queue(*names: str) -> None:
        for name in names:
            write(tmp_path / name, {"a.py": f"def {name}(): ...\n"})
        asyncio.run(enqueued(names))

    async def enqueued(names: tuple[str, ...]) -> None:
        async with kodit.open(failing.data_dir, workers=1, retry_attempts=2) as engine:
            for name in names:
                await engine.index(str(tmp_path / name), wait=False)

    return queue


def fail_fast(command: CommandLine, tmp_path: Path, names: list[str]) -> None:
    """Let sources be gone before they are read, so that their first task dies at once."""
    for name in names:
        (tmp_path / name / "a.py").unlink()
        (tmp_path / name).rmdir()
    command.ok("worker", "--drain")


def on_a_terminal(command: CommandLine, *arguments: object, answer: str = "", columns: int = 80) -> tuple[str, int]:
    """What a person sees, and the exit code; a question is answered."""
    leader, follower = pty.openpty()
    environment = {**command.environment, "TERM": "xterm-256color", "COLUMNS": str(columns)}
    typed = [*KODIT, *map(str, arguments)]
    process = subprocess.Popen(typed, env=environment, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    shown = ""
    with closing(os.fdopen(leader, "rb", buffering=0)) as terminal:
        while True:
            try:
                chunk = terminal.read(65536)
            except OSError:  # how Linux tells that nobody has the other end any more
                break
            if not chunk:
                break
            shown += chunk.decode(errors="replace")
            if answer and "[y/N]" in shown:
                os.write(leader, f"{answer}\n".encode())
                answer = ""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown), process.wait(timeout=60)


def test_a_dead_letter_is_shown_tried_again_and_its_run_goes_on_from_there(fresh, failing, queue_sources):
    queue_sources("shop")
    failing.ok("worker", "--drain")
    [letter] = fresh.json("queue", "dead")

    assert (letter["type"], letter["source"], letter["attempts"], letter["kind"]) == (
        "ENRICH",
        "shop",
        2,
        "Unavailable",
    )
    assert "cannot be reached" in letter["message"]
    retried = {"retried": [letter["task"]], "about": {str(letter["task"]): "shop"}, "refused": []}
    assert fresh.json("queue", "retry", letter["task"]) == retried
    worked = fresh.json("worker", "--drain")
    assert (worked["done"], worked["failed"]) == (1, 0)
    assert fresh.json("queue", "dead") == []
    assert fresh.json("sources")[0]["state"] == "indexed"


def test_a_dead_letter_says_in_a_list_what_went_wrong(failing, queue_sources):
    queue_sources("shop")
    failing.ok("worker", "--drain")
    out = failing.ok("queue", "dead").out

    assert re.search(r"^\d+ +\d+ +ENRICH +shop +2/2 .*127\.0\.0\.1.* cannot be reached", out, re.MULTILINE)
    status = failing.json("status")
    assert status["failed_sources"] == ["shop"]
    assert [(alert["name"], alert["message"]) for alert in status["alerts"]] == [
        ("failed sources", "1 source failed: shop"),
        ("dead tasks", "1 task failed for good"),
    ]
    assert "kodit sources show shop" in status["alerts"][0]["remedy"]
    for listing in (failing.ok("sources", "show", "shop").out, failing.ok("sources").err):
        assert re.search(r"127\.0\.0\.1.* cannot be reached", listing)
        assert re.search("^remedy", listing, re.MULTILINE)
    shown = failing.json("sources", "show", "shop")
    assert ("cannot be reached" in shown["error"], bool(shown["remedy"])) == (True, True)
    assert "kodit queue dead" in status["alerts"][1]["remedy"]


def test_dead_letters_are_chosen_by_type_source_and_time(fresh, failing, queue_sources, tmp_path):
    queue_sources("shop", "gone", "lost")
    fail_fast(failing, tmp_path, ["gone", "lost"])

    def sources(*chosen):
        return {letter["source"] for letter in fresh.json("queue", "dead", *chosen)}

    assert sources() == {"shop", "gone", "lost"}
    assert sources("--type", "enrich") == {"shop"}
    assert sources("--source", "gone") == {"gone"}
    assert sources("--since", "1h30m") == {"shop", "gone", "lost"}
    assert sources("--since", "0s") == set()
    assert len(fresh.json("queue", "dead", "--limit", 2)) == 2
    assert fresh.run("queue", "dead", "--source", "none").code == 3


def test_what_is_discarded_is_gone_with_its_run_and_the_rest_is_kept(fresh, failing, queue_sources, tmp_path):
    queue_sources("shop", "gone", "lost")
    fail_fast(failing, tmp_path, ["gone", "lost"])
    done = fresh.json("queue", "discard", "--type", "SYNC")

    assert (len(done["discarded"]), done["refused"]) == (2, [])
    assert [letter["source"] for letter in fresh.json("queue", "dead")] == ["shop"]
    assert {task["source"] for task in fresh.json("queue", "list", "--state", "all")} == {"shop"}


def test_what_cannot_be_changed_says_why_and_keeps_nothing_back(fresh, failing, queue_sources):
    queue_sources("shop")
    failing.ok("worker", "--drain")
    [letter] = fresh.json("queue", "dead")
    mixed = fresh.run("queue", "retry", 404, letter["task"], letter["task"] - 1)

    assert mixed.code == 3
    assert f"1 task given new attempts ({letter['task']} shop); work the queue off with: kodit worker" in mixed.out
    assert "not retried: there is no task 404 (remedy: " in mixed.err
    assert f"not retried: task {letter['task'] - 1} is succeeded" in mixed.err
    refused = fresh.run("queue", "discard", letter["task"], "--json")
    assert refused.code == 4
    assert '"discarded": []' in refused.out
    assert fresh.run("queue", "retry", 404).code == 3


@pytest.mark.parametrize("command", ["retry", "discard"])
def test_which_tasks_are_meant_is_said_in_one_way(fresh, command):
    fresh.ok("status")
    assert fresh.run("queue", command).code == 2
    assert fresh.run("queue", command, 1, "--all").code == 2
    assert fresh.run("queue", command, "--since", "yesterday").code == 2
    nothing = fresh.run("queue", command, "--all")
    assert (nothing.code, nothing.err) == (0, "no such dead letters\n")


def test_somebody_is_asked_before_many_are_changed(fresh, queue_sources, tmp_path):
    names = [f"s{number}" for number in range(11)]
    queue_sources(*names)
    fail_fast(fresh, tmp_path, names)

    refused = fresh.run("queue", "retry", "--all")
    assert (refused.code, refused.remedy) == (4, "add --yes")
    assert on_a_terminal(fresh, "queue", "discard", "--all", answer="n")[1] == 130
    assert len(fresh.json("queue", "dead")) == 11
    shown, code = on_a_terminal(fresh, "queue", "retry", "--all", answer="y")
    assert (code, "Try 11 tasks again? [y/N]" in shown) == (0, True)
    assert fresh.json("queue", "dead") == []
    fresh.ok("worker", "--drain")
    assert len(fresh.json("queue", "discard", "--all", "--yes")["discarded"]) == 11


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_dead_letters_fit_the_terminal(failing, queue_sources, columns):
    queue_sources("shop")
    failing.ok("worker", "--drain")
    shown, code = on_a_terminal(failing, "queue", "dead", columns=columns)
    drawn = [line for line in shown.splitlines() if line.strip() and ":" not in line[:60]]

    assert code == 0
    assert max(map(len, drawn)) <= columns
    assert {"task", "why"} <= set(drawn[0].split())


def test_what_is_paused_waits_until_it_is_resumed(fresh, queue_sources):
    queue_sources("shop")
    assert fresh.json("queue", "pause", "enrich") == {"type": "ENRICH", "paused": True, "limit": None}
    fresh.ok("worker", "--drain")
    waiting = [task["type"] for task in fresh.json("queue", "list")]
    status = fresh.json("status")

    assert waiting == ["ENRICH"]
    assert status["held_back"] == [{"type": "ENRICH", "paused": True, "limit": None}]
    assert "ENRICH (paused)" in fresh.ok("queue", "stats").out
    assert "ENRICH (paused)" in fresh.ok("queue", "top", "--once").out
    assert "ENRICH paused" in fresh.ok("status").out
    fresh.ok("queue", "resume", "ENRICH")
    fresh.ok("worker", "--drain")
    assert fresh.json("queue", "list") == []


def test_everything_is_paused_and_resumed_at_once(fresh, queue_sources):
    queue_sources("shop")
    assert fresh.json("queue", "pause") == {"type": "everything", "paused": True, "limit": None}
    assert "there was nothing to do" in fresh.ok("worker", "--drain").out
    assert fresh.json("status")["paused"] is True
    fresh.ok("queue", "pause", "SYNC")
    resumed = fresh.ok("queue", "resume")
    assert "still paused: SYNC" in resumed.err
    fresh.ok("queue", "resume", "SYNC")
    assert fresh.json("worker", "--drain")["done"] == 5


def test_a_type_is_limited_until_it_is_not(fresh):
    fresh.ok("status")
    assert fresh.json("queue", "limit", "EXTRACT", 2) == {"type": "EXTRACT", "paused": False, "limit": 2}
    assert fresh.json("queue", "stats")["by_type"]["EXTRACT"]["limit"] == 2
    assert "EXTRACT (max 2)" in fresh.ok("queue", "top", "--once").out
    assert fresh.json("queue", "limit", "TYPE_1000", 1)["type"] == "TYPE_1000"
    assert "EXTRACT is not held back" in fresh.ok("queue", "limit", "EXTRACT", "none").out
    assert [one["type"] for one in fresh.json("status")["held_back"]] == ["TYPE_1000"]
    for most in ("0", "-1", "many"):
        assert fresh.run("queue", "limit", "EXTRACT", "--", most).code == 2


def test_a_type_that_there_is_none_of_is_corrected(fresh):
    for command in (("pause", "ENRIHC"), ("limit", "enrihc", "2"), ("dead", "--type", "Enrihc")):
        refused = fresh.run("queue", *command)
        assert (refused.code, "did you mean ENRICH?" in refused.error) == (4, True)
    assert fresh.run("queue", "pause", "999").code == 4


def test_what_holds_a_task_back_is_shown_with_it(fresh, queue_sources):
    queue_sources("shop")
    fresh.ok("queue", "limit", "SYNC", 2)
    fresh.ok("queue", "pause", "SYNC")
    [sync] = fresh.json("queue", "list", "--type", "sync")
    shown = fresh.json("queue", "show", sync["id"])

    assert (shown["paused"], shown["limit"]) == (True, 2)
    assert "SYNC paused, SYNC at most 2 at a time" in fresh.ok("queue", "show", sync["id"]).out


class Job(IntEnum):
    """The types of another program."""

    RESIZE = 1000


SINGLE = Pipeline("single", Phase(Job.RESIZE))


async def own_task(fresh):
    """A dead task of another program, which has one more that is ready."""

    async def fail(_work):
        return Failed("out of paper")

    async with kodit.open_queue(fresh.data_dir) as queue:
        run = await queue.enqueue(SINGLE, dedup_key="7", payload={})
        await queue.work({Job.RESIZE: fail}, drain=True)
        await queue.enqueue(SINGLE, dedup_key="8", payload={})
        return (await queue.tasks(run))[0].id


def test_tasks_of_other_programs_are_about_their_key_and_no_work_for_kodit_s_worker(fresh):
    task = asyncio.run(own_task(fresh))
    listed = fresh.ok("queue", "list", "--type", "TYPE_1000").out
    shown = fresh.ok("queue", "show", task).out

    assert re.search(r"^\d+ +\d+ +TYPE_1000 +ready .* single/8:RESIZE ", listed, re.MULTILINE)
    assert re.search(r"^\d+ +\d+ +TYPE_1000 +single/7:RESIZE ", fresh.ok("queue", "dead").out, re.MULTILINE)
    assert [entry["key"] for entry in fresh.json("queue", "list", "--type", "1000")] == [
        "single/8:RESIZE",
        "single/7:RESIZE",
    ]
    assert fresh.json("queue", "list", "--type", "ENRICH") == []
    assert re.search(r"^key +single/7:RESIZE$", shown, re.MULTILINE)
    assert "pauses" not in shown
    retried = fresh.ok("queue", "retry", task).out
    assert f"({task} single/7); to be worked off by the program that handles TYPE_1000" in retried
    assert "kodit worker --drain" not in retried


def test_several_runs_are_cancelled_at_once(fresh, queue_sources):
    queue_sources("shop", "house")
    runs = sorted({task["run"] for task in fresh.json("queue", "list")})
    done = fresh.run("queue", "cancel", *runs, 404)

    assert (done.code, f"2 runs cancelled ({runs[0]} shop, {runs[1]} house)" in done.out) == (3, True)
    assert "not cancelled: there is no run 404" in done.err
    assert fresh.json("queue", "list") == []


def test_a_task_is_shown_with_its_place_its_attempts_and_its_errors(failing, queue_sources):
    queue_sources("shop")
    failing.ok("worker", "--drain")
    [letter] = failing.json("queue", "dead")
    shown = failing.json("queue", "show", letter["task"])
    brief, full = (failing.ok("queue", "show", letter["task"], *flags) for flags in ((), ("--verbose",)))

    assert [(error["attempt"], error["kind"]) for error in shown["errors"]] == [(1, "Unavailable"), (2, "Unavailable")]
    assert (shown["max_attempts"], shown["policy"]["time_limit_seconds"]) == (2, None)
    assert shown["place"]
    assert re.search(rf"^place +machine {shown['place']}$", brief.out, re.MULTILINE)
    assert re.search(rf"^worker +{shown['errors'][-1]['worker']}$", brief.out, re.MULTILINE)
    assert re.search(r"^pauses +none \(by this shell", brief.out, re.MULTILINE)
    assert brief.out.count("\nattempt ") == full.out.count("\nattempt ") == 2
    assert ("Traceback" in brief.out, "Traceback" in full.out) == (False, True)
    assert "--verbose" in brief.err
