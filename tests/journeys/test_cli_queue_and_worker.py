"""`kodit queue` and `kodit worker`: work that is queued here and done there."""

import json
import re
import signal

from journey_world import World, write

PHASES = {"SYNC": 90, "EXTRACT": 80, "BM25_INDEX": 70, "CODE_EMBEDDINGS": 60, "ENRICH": 50}


def test_what_is_queued_is_listed_and_worked_off_by_a_worker_in_another_process(fresh, tmp_path):
    write(tmp_path / "code", {"a.py": "def one_thing(): ...\n"})
    queued = fresh.json("index", tmp_path / "code", "--no-wait")
    waiting = fresh.json("queue", "list")
    worked = fresh.ok("worker", "--drain", "--verbose")
    stats = fresh.json("queue", "stats")
    over = fresh.json("queue", "list", "--state", "all", "--limit", "3")

    assert queued["state"] == "pending"
    assert {task["type"]: task["priority"] for task in waiting} == PHASES
    assert {task["state"] for task in waiting} == {"ready", "blocked"}
    assert {(task["run"], task["source"], task["attempts"]) for task in waiting} == {(queued["run"], "code", 0)}
    assert stats["by_state"] == {"succeeded": 5}
    assert stats["by_type"]["EXTRACT"]["succeeded"] == 1
    assert stats["workers"] == []
    assert "the newest 3; more of them: --limit" in fresh.ok("queue", "list", "--state", "all", "--limit", "3").err
    assert fresh.ok("queue", "list", "--state", "all").err == ""
    assert [task["state"] for task in over] == ["succeeded"] * 3
    assert fresh.json("queue", "list") == []
    assert re.fullmatch(r"5 tasks in \d+\.\d s: 5 done\n", worked.out)
    assert "task ended" in worked.err


def test_a_drained_queue_is_summed_up(fresh, tmp_path):
    write(tmp_path / "code", {"a.py": "def one_thing(): ...\n"})
    write(tmp_path / "gone", {"a.py": "def another_thing(): ...\n"})
    fresh.ok("index", tmp_path / "code", "--no-wait")
    fresh.ok("index", tmp_path / "gone", "--no-wait")
    (tmp_path / "gone" / "a.py").unlink()
    (tmp_path / "gone").rmdir()
    worked = fresh.json("worker", "--drain")
    again = fresh.ok("worker", "--drain")

    assert (worked["done"], worked["failed"], worked["retried_later"]) == (5, 1, 0)
    assert worked["took_seconds"] > 0
    assert again.out.startswith("there was nothing to do")


def test_what_is_queued_twice_is_said_to_be_queued_already(fresh, tmp_path):
    write(tmp_path / "code", {"a.py": "def one_thing(): ...\n"})
    first = fresh.ok("index", tmp_path / "code", "--no-wait").out
    second = fresh.ok("index", tmp_path / "code", "--no-wait").out
    third = fresh.json("index", tmp_path / "code", "--no-wait")

    assert first.startswith("queued code as run 1;")
    assert second.startswith("code is already queued as run 1;")
    assert (third["run"], third["already_queued"]) == (1, True)


def test_a_source_is_queued_until_a_worker_is_at_it(fresh, tmp_path):
    write(tmp_path / "code", {"a.py": "def one_thing(): ...\n"})
    fresh.ok("index", tmp_path / "code", "--no-wait")
    assert [source["state"] for source in fresh.json("sources")] == ["queued"]
    fresh.ok("worker", "--drain")
    assert [source["state"] for source in fresh.json("sources")] == ["indexed"]


def test_log_lines_of_a_task_name_it(fresh, tmp_path):
    write(tmp_path / "code", {"a.py": "def one_thing(): ...\n"})
    queued = fresh.json("index", tmp_path / "code", "--no-wait")
    logging = type(fresh)(fresh.data_dir, {"KODIT_LOG_LEVEL": "info", "KODIT_LOG_FORMAT": "json"})
    err = logging.ok("worker", "--drain").err

    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    ended = [line for line in lines if line["event"] == "task ended"]
    assert {line["type"] for line in ended} == set(PHASES)
    assert {(line["run_id"], line["attempt"]) for line in ended} == {(queued["run"], 1)}
    assert sorted(line["task_id"] for line in ended) == [phase["task"] for phase in queued["phases"]]
    assert all(line.keys() >= {"index_id", "timestamp", "level"} for line in ended)
    assert {(line["type"], line["source"]) for line in lines if "task_id" in line} == {(one, "code") for one in PHASES}


def test_a_run_is_cancelled_and_its_task_tried_again(fresh, tmp_path):
    write(tmp_path / "code", {"a.py": "def one_thing(): ...\n"})
    queued = fresh.json("index", tmp_path / "code", "--no-wait")
    first = queued["phases"][0]["task"]

    assert fresh.json("queue", "cancel", queued["run"])["cancelled"] == [queued["run"]]
    assert fresh.json("queue", "show", first)["state"] == "cancelled"
    assert fresh.run("queue", "cancel", queued["run"]).code == 4
    assert fresh.json("queue", "retry", first)["retried"] == [first]
    fresh.ok("worker", "--drain")
    assert fresh.json("sources")[0]["state"] == "indexed"
    refused = fresh.run("queue", "retry", first)
    assert (refused.code, "succeeded" in refused.error) == (4, True)


def test_a_task_is_shown_with_its_steps(world: World):
    task = world.kodit.json("queue", "list", "--state", "succeeded", "--source", "shop")[-1]
    shown = world.kodit.json("queue", "show", task["id"])
    assert (shown["type"], shown["source"], shown["errors"]) == ("SYNC", "shop", [])
    assert [step["step"] for step in shown["steps"]] == ["refresh working copy", "scan files"]


def workers_of(kodit):
    """Those that have told the queue that they are there, once there are any."""
    while not (workers := kodit.json("status")["workers"]):
        pass
    return workers


def test_a_worker_that_is_asked_to_stop_stops_in_good_order(fresh):
    fresh.ok("status")
    with fresh.start("worker") as worker:
        begun = worker.stderr.readline()
        alive = workers_of(fresh)
        worker.send_signal(signal.SIGTERM)
        out, err = worker.communicate(timeout=60)

    assert begun == f"working with 3 slots on {fresh.data_dir / 'kodit.db'} until Ctrl-C\n"
    assert len(alive) == 1
    assert worker.returncode == 0
    assert out.startswith("there was nothing to do")
    assert "stopping; 0 tasks in hand" in err


def test_an_index_run_follows_a_worker_that_is_there_already(fresh, tmp_path):
    write(tmp_path / "code", {"a.py": "def one_thing(): ...\n"})
    fresh.ok("status")
    with fresh.start("worker") as worker:
        workers_of(fresh)
        report = fresh.json("index", tmp_path / "code")
        worker.send_signal(signal.SIGINT)
        worker.communicate(timeout=60)

    assert (report["elsewhere"], report["state"]) == (True, "completed")
    assert worker.returncode == 0
