"""The five phases over real files, end to end."""

import functools
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

import kodit
from export import export
from kodit.application import handlers
from kodit.application.engine import Kodit
from kodit.domain.errors import Conflict, InvalidInput, NotFound, NothingIndexed, Unavailable
from kodit.domain.search.query import SearchMode
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.embedder import HashingEmbedder

PHASES = [phase.type for phase in CODE]
FILES = {
    "users.py": "class User:\n    def full_name(self):\n        '''The first and the last name.'''\n        return 1\n",
    "http/headers.py": "def parse_headers(text):\n    '''Parse HTTP headers.'''\n    return text.splitlines()\n",
    "page.js": "export const getUserName = (user) => user.name;\n",
    "README.md": "# Demo\n\nWhat this is about.\n",
}


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "source"
    write(root, FILES)
    return root


@pytest.fixture
async def engine(tmp_path):
    async with kodit.open(tmp_path / "data", workers=1, retry_base_seconds=0) as opened:
        yield opened


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def found(engine: Kodit, text: str, **options) -> list[str]:
    result = await engine.search(text, **options)
    return [hit.symbol or hit.path for hit in result.hits]


async def test_every_phase_succeeds_and_what_was_indexed_is_found(engine, source):
    report = await engine.index(str(source))

    assert report.progress.run.state is RunState.COMPLETED
    assert {task.type: task.state for task in report.progress.tasks} == dict.fromkeys(PHASES, TaskState.SUCCEEDED)
    for mode in SearchMode:
        assert "parse_headers" in (await found(engine, "parse http headers", mode=mode))[:2], mode


async def test_a_name_is_found_by_its_parts(engine, source):
    await engine.index(str(source))

    assert "getUserName" in (await found(engine, "user name", mode=SearchMode.KEYWORD))[:2]


async def test_indexing_again_without_changes_skips_every_phase_but_the_first(engine, source):
    await engine.index(str(source))
    again = await engine.index(source)

    assert [task.state for task in again.progress.tasks] == [TaskState.SUCCEEDED, *[TaskState.SKIPPED] * 4]
    assert again.counts["files_unchanged"] == len(FILES)


async def test_one_changed_file_costs_the_work_of_one_file(engine, source):
    write(
        source,
        {f"many/module_{number}.py": f"def function_{number}():\n    return {number}\n" for number in range(300)},
    )
    await engine.index(str(source))
    write(source, {"users.py": FILES["users.py"] + "\n\ndef delete_account(user):\n    return user\n"})
    report = await engine.index(str(source))

    assert report.counts["files_modified"] == 1
    assert report.counts["files_extracted"] == 1
    added = report.counts["snippets_added"]
    assert 1 <= added <= 3
    assert report.counts["keywords_indexed"] == added
    assert report.counts["code_embedded"] == added
    assert report.counts["described"] == added
    assert "delete_account" in await found(engine, "delete account")


async def test_a_deleted_file_is_no_longer_found(engine, source):
    await engine.index(str(source))
    (source / "page.js").unlink()
    await engine.index(str(source))

    for mode in SearchMode:
        assert "getUserName" not in await found(engine, "getUserName", mode=mode)


async def test_indexing_one_source_leaves_the_others_alone(engine, source, tmp_path):
    await engine.index(str(source))
    write(tmp_path / "other", {"b.py": "def unrelated():\n    return 2\n"})
    await engine.index(str(tmp_path / "other"))

    assert (await found(engine, "parse_headers"))[0] == "parse_headers"
    assert await found(engine, "parse_headers", sources=["other"], mode=SearchMode.KEYWORD) == []
    assert (await found(engine, "unrelated", sources=["other"]))[0] == "unrelated"


async def test_filters_hold_in_every_mode(engine, source):
    await engine.index(str(source))

    for mode in SearchMode:
        by_language = await engine.search("user name", mode=mode, languages=["python"])
        by_path = await engine.search("user name", mode=mode, paths=["http/**"])
        assert {hit.language for hit in by_language.hits} == {"python"}, mode
        assert {hit.path for hit in by_path.hits} <= {"http/headers.py"}, mode


async def test_a_removed_source_is_gone_and_its_files_are_untouched(engine, source, tmp_path):
    await engine.index(str(source))
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    await engine.remove("source")

    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before
    assert all(
        not rows
        for name, rows in (await export(tmp_path / "data")).items()
        if name not in ("embeddings", "enrichments")
    )
    with pytest.raises(NothingIndexed):
        await engine.search("anything")


async def test_a_file_that_cannot_be_used_costs_only_itself(engine, source):
    (source / "broken.py").write_bytes(b"def f(:\n\xff\xfe\n" * 3)
    (source / "image.png").write_bytes(b"\x89PNG\0\0")
    report = await engine.index(str(source))

    assert report.progress.run.state is RunState.COMPLETED
    assert report.files.skipped == {"binary": 1}
    assert "parse_headers" in await found(engine, "parse headers")


async def test_another_model_makes_the_vectors_again_and_nothing_else(tmp_path, source, monkeypatch):
    async with kodit.open(tmp_path / "data", workers=1) as engine:
        first = await engine.index(str(source))
    monkeypatch.setattr("kodit.choices.chosen_embedder", lambda _: HashingEmbedder(dimension=32))
    async with kodit.open(tmp_path / "data", workers=1) as engine:
        second = await engine.index(str(source))
        third = await engine.index(str(source))

        assert second.counts["snippets_added"] == 0
        assert second.counts["keywords_indexed"] == 0
        assert second.counts["described"] == 0
        assert second.counts["code_embedded"] == first.counts["code_embedded"]
        assert third.progress.tasks[1].state is TaskState.SKIPPED
        assert "parse_headers" in await found(engine, "parse headers", mode=SearchMode.CODE)


async def test_whoever_waits_takes_over_when_the_worker_that_was_at_it_ends(engine, source, tmp_path):
    owner = [sys.executable, "-c", LIVES, str(tmp_path / "data" / "workers")]
    with subprocess.Popen(owner, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        report = await engine.index(str(source), watch=lambda _: other.kill())

    assert report.elsewhere
    assert report.progress.run.state is RunState.COMPLETED


async def test_names_and_places_of_sources_are_unique(engine, source, tmp_path):
    await engine.index(str(source), name="mine")
    write(tmp_path / "elsewhere" / "source", {"a.py": "x = 1\n"})

    with pytest.raises(Conflict):
        await engine.add(str(tmp_path / "elsewhere" / "source"), name="mine")
    with pytest.raises(Conflict):
        await engine.add(str(source), name="yours")
    assert (await engine.add(str(source))).name == "mine"
    assert (await engine.add(str(tmp_path / "elsewhere" / "source"))).name == "source"


async def test_a_command_that_is_told_may_be_pasted_whatever_a_source_is_called(engine, source):
    await engine.add(str(source), name="with spaces")
    with pytest.raises(Conflict) as caught:
        await engine.add(str(source), name="yours")
    assert caught.value.remedy.endswith("kodit sources remove 'with spaces'")


async def test_a_name_instead_of_a_location_is_answered_with_the_command_that_is_meant(engine, source):
    await engine.add(str(source), name="my proj")
    with pytest.raises(NotFound, match="there is a source of that name") as caught:
        await engine.add("my proj")
    assert caught.value.remedy == f"to index it again: kodit index {source}"


async def test_an_unknown_source_is_not_found(engine, source):
    await engine.index(str(source))

    with pytest.raises(NotFound):
        await engine.search("x", sources=["nowhere"])
    with pytest.raises(NotFound):
        await engine.remove("nowhere")
    with pytest.raises(NotFound):
        await engine.index(str(source / "nowhere"))


@pytest.mark.parametrize("failing", PHASES)
async def test_a_failure_in_any_phase_recovers_and_no_other_phase_runs_twice(tmp_path, source, failing, monkeypatch):
    calls: Counter[TaskType] = Counter()

    def counted(task_type, handler):
        async def phase(work, **services) -> Outcome:
            calls[task_type] += 1
            outcome = await handler(work, **services)
            if task_type is failing and calls[task_type] == 1:
                raise Unavailable("the world failed when all was done")
            return outcome

        # Binding reads the parameters by name.
        return functools.wraps(handler)(phase)

    wrapped = {task_type: counted(task_type, handler) for task_type, handler in handlers.HANDLERS.items()}
    monkeypatch.setattr(handlers, "HANDLERS", wrapped)
    async with kodit.open(tmp_path / "disturbed", workers=1, retry_base_seconds=0) as engine:
        report = await engine.index(str(source))
    calls_then = Counter(calls)
    calls.update({failing: 10})
    async with kodit.open(tmp_path / "undisturbed", workers=1) as engine:
        await engine.index(str(source))

    assert report.progress.run.state is RunState.COMPLETED
    assert calls_then == Counter({task_type: 2 if task_type is failing else 1 for task_type in PHASES})
    assert await export(tmp_path / "disturbed") == await export(tmp_path / "undisturbed")


async def test_a_permanent_failure_keeps_a_dead_letter_and_can_be_retried(tmp_path, source, monkeypatch):
    broken = True
    real = handlers.HANDLERS[TaskType.BM25_INDEX]

    async def bm25(work, *, storage, keyword_index, models) -> Outcome:
        if broken:
            raise InvalidInput("not today")
        return await real(work, storage=storage, keyword_index=keyword_index, models=models)

    monkeypatch.setattr(handlers, "HANDLERS", {**handlers.HANDLERS, TaskType.BM25_INDEX: bm25})
    async with kodit.open(tmp_path / "data", workers=1) as engine:
        report = await engine.index(str(source))
        states = {task.type: task.state for task in report.progress.tasks}
        assert report.progress.run.state is RunState.FAILED
        assert states[TaskType.BM25_INDEX] is TaskState.DEAD
        assert states[TaskType.CODE_EMBEDDINGS] is TaskState.SUCCEEDED
        assert states[TaskType.ENRICH] is TaskState.CANCELLED
        [dead] = [task for task in report.progress.tasks if task.state is TaskState.DEAD]
        broken = False
        run = await engine.queue.retry(dead.id)
        await engine.worker().run(drain=True)

        assert (await engine.progress(run.id)).run.state is RunState.COMPLETED


@pytest.mark.timeout(330)
def test_eight_processes_work_one_database_and_every_task_runs_once(tmp_path):
    for number in range(12):
        write(tmp_path / f"source-{number}", {"a.py": f"def f_{number}():\n    return {number}\n"})
    prepare = [sys.executable, "-c", PREPARE, str(tmp_path)]
    subprocess.run(prepare, check=True)
    work = [sys.executable, "-c", WORK, str(tmp_path / "data"), str(tmp_path / "ledger")]
    with ExitStack() as ending:
        workers = [ending.enter_context(subprocess.Popen(work)) for _ in range(8)]
        for worker in workers:
            ending.callback(worker.kill)
        # Eight programs start on what may be one slow core with a slow disk.
        assert [worker.wait(timeout=300) for worker in workers] == [0] * 8

    ledger = Counter((tmp_path / "ledger").read_text().split())
    assert len(ledger) == 12 * len(PHASES)
    assert set(ledger.values()) == {1}


LIVES = """
import sys
from pathlib import Path
from kodit.infrastructure.filesystem.presence import LockedPresence

presence = LockedPresence(Path(sys.argv[1]))
with presence.register(presence.owner()):
    print("alive", flush=True)
    sys.stdin.read()
"""
PREPARE = """
import asyncio, sys
from pathlib import Path
import kodit

async def main(root):
    async with kodit.open(root / "data") as engine:
        for number in range(12):
            await engine.index(str(root / f"source-{number}"), wait=False)

asyncio.run(main(Path(sys.argv[1])))
"""
WORK = """
import asyncio, os, sys
from kodit import rooms
import kodit
from kodit.application.tasks.executor import Executor

ledger = os.open(sys.argv[2], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
attempt = Executor.attempt

async def noted(self, work):
    outcome = await attempt(self, work)
    os.write(ledger, f"{work.task.id}\\n".encode())
    return outcome

Executor.attempt = noted

async def main():
    async with kodit.open(sys.argv[1], workers=1) as engine:
        while set((await engine.overview.statistics()).by_state) - {"succeeded", "skipped"}:
            await engine.worker().run(drain=True)

asyncio.run(main())
"""
