"""What another program may get wrong is refused at once, in words."""

import ctypes
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from own_program import SINGLE, Job
from own_steps import AT_ONCE, nothing, soon

import kodit
from kodit.domain.errors import InvalidInput, NotFound
from kodit.queue import Failed, Pipeline, RetryPolicy, RunState


@pytest.fixture
async def queue(tmp_path):
    async with kodit.open_queue(f"sqlite:///{tmp_path / 'jobs.db'}", default=AT_ONCE) as opened:
        yield opened


@pytest.mark.parametrize("payload", [[1], "photo", {1: "photo"}], ids=["a list", "a word", "a number as name"])
async def test_a_payload_that_is_no_dictionary_is_refused(queue, payload):
    with pytest.raises(InvalidInput, match="a dictionary by names"):
        await queue.enqueue(SINGLE, dedup_key="7", payload=payload)


@pytest.mark.parametrize("priority", [1.5, "high", 2**40, None])
async def test_a_priority_that_not_every_database_takes_is_refused(queue, priority):
    with pytest.raises(InvalidInput, match="a priority is a whole number"):
        await queue.enqueue(SINGLE, dedup_key="7", priority=priority)
    with pytest.raises(InvalidInput, match="a priority is a whole number"):
        await queue.enqueue_all(SINGLE, {"7": {}}, priority=priority)


@pytest.mark.parametrize("key", [7, "a\0b", "a\udc80", "two\nlines", None])
async def test_a_key_that_is_no_text_is_refused(queue, key):
    with pytest.raises(InvalidInput, match="a key is text"):
        await queue.enqueue(SINGLE, dedup_key=key)


async def test_a_pipeline_without_phases_is_refused(queue):
    with pytest.raises(InvalidInput, match="no phases"):
        await queue.enqueue(Pipeline("none"), dedup_key="7")


async def test_a_worker_that_could_do_nothing_is_refused(queue):
    with pytest.raises(InvalidInput, match="do nothing"):
        await soon(queue.work({}, drain=True))
    with pytest.raises(InvalidInput, match="do nothing"):
        await soon(queue.work({Job.RESIZE: nothing}, slots=0, drain=True))


@pytest.mark.parametrize("most", [0, -1])
async def test_a_limit_that_lets_nothing_run_is_refused_and_names_pause(queue, most):
    with pytest.raises(InvalidInput, match=f"a limit of {most}") as raised:
        await queue.limit(Job.RESIZE, most)
    assert "pause" in (raised.value.remedy or "")


@pytest.mark.parametrize(
    "policy",
    [
        RetryPolicy(attempts=0),
        RetryPolicy(jitter=7),
        RetryPolicy(base=timedelta(-1)),
        RetryPolicy(time_limit=timedelta()),
        RetryPolicy(longest=None),  # type: ignore[arg-type]
    ],
    ids=["no attempts", "jitter", "before now", "no time", "no span"],
)
async def test_a_policy_that_nothing_can_be_tried_by_is_refused(tmp_path, policy):
    for policies in ({"default": policy}, {"policies": {Job.RESIZE: policy}}):
        with pytest.raises(InvalidInput):
            async with kodit.open_queue(tmp_path / "data", **policies):
                pass
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
async def test_a_database_that_nobody_else_could_see_is_refused(url):
    with pytest.raises(InvalidInput, match="in memory") as raised:
        async with kodit.open_queue(url):
            pass
    assert "sqlite:///jobs.db" in (raised.value.remedy or "")


def without_the_superusers_rights():
    """Drop the capability to write everywhere, as the next program inherits none that is dropped here."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE; need not succeed for other users


@pytest.mark.parametrize("where", ["{}", "sqlite:///{}/jobs.db"])
def test_a_directory_that_cannot_be_written_to_is_named(tmp_path, where):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    program = f"""
import asyncio, kodit
from kodit.domain.errors import Refused

async def main():
    try:
        async with kodit.open_queue({where.format(closed)!r}):
            print("opened")
    except Refused as error:
        print(error)

asyncio.run(main())
"""

    environment = os.environ | {"HOME": str(tmp_path), "KODIT_CONFIG": str(tmp_path / "none.toml")}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        preexec_fn=without_the_superusers_rights,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == f"{closed} cannot be written to\n", ended.stderr


async def test_runs_and_tasks_are_named_by_themselves_or_by_their_ids(queue):
    async def fail(_work):
        return Failed("no")

    run = await queue.enqueue(SINGLE, dedup_key="7")
    await soon(queue.work({Job.RESIZE: fail}, drain=True))
    for named in (run, run.id):
        assert (await queue.run(named)).state is RunState.FAILED
        assert (await soon(queue.finished(named))).id == run.id
        [task] = await queue.tasks(named)
        assert await queue.steps(named) == []
    [letter] = await queue.dead(Job.RESIZE)
    for named in (letter, task, task.id):
        retried = await queue.retry(named)
        assert retried.id == run.id
        await queue.cancel(retried if named is letter else retried.id)


async def test_a_run_that_there_is_none_of_is_not_found(queue):
    for ask in (queue.run, queue.tasks, queue.steps, queue.finished, queue.cancel):
        with pytest.raises(NotFound):
            await ask(12345)
