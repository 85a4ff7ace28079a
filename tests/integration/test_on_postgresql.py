"""The five phases where the database is PostgreSQL, for one machine and for several."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import kodit
from export import CONTENTS
from kodit.domain.search.query import SearchMode
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure import clock
from kodit.infrastructure.sql.database import Database

FILES = {
    "users.py": "class User:\n    def full_name(self):\n        '''The first and the last name.'''\n        return 1\n",
    "http/headers.py": "def parse_headers(text):\n    '''Parse HTTP headers.'''\n    return text.splitlines()\n",
    "page.js": "export const getUserName = (user) => user.name;\n",
    "odd.txt": "a \x01 b\nünïcödé \U0001f600\n",
    "README.md": "# Demo\n\nWhat this is about.\n",
}


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.invalid")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def source(tmp_path):
    write(tmp_path / "source", FILES)
    return tmp_path / "source"


@pytest.fixture
def repository(source):
    git(source, "init", "--quiet")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "--message=first")
    return source


async def contents(url: str) -> dict[str, list[str]]:
    database = Database(url)
    async with database.read() as connection:
        found = {
            name: sorted(repr(tuple(row)) for row in await connection.execute(text(query)))
            for name, query in CONTENTS.items()
            if name != "sources"
        }
    await database.close()
    return found


def states(progress):
    return [task.state for task in progress.tasks]


async def test_an_index_in_postgresql_holds_what_one_in_sqlite_holds(tmp_path, source, postgres_url):
    async with kodit.open(tmp_path / "embedded", workers=1) as engine:
        await engine.index(str(source))
    async with kodit.open(tmp_path / "served", database_url=postgres_url, workers=1) as engine:
        report = await engine.index(str(source))

        assert report.progress.run.state is RunState.COMPLETED
        assert await engine.check() == []
        for mode in SearchMode:
            result = await engine.search("parse http headers", mode=mode)
            assert "parse_headers" in [hit.symbol for hit in result.hits][:2], mode
    assert await contents(postgres_url) == await contents(f"sqlite+aiosqlite:///{tmp_path / 'embedded' / 'kodit.db'}")


async def test_what_changed_is_all_that_is_done_again(tmp_path, source, postgres_url):
    async with kodit.open(tmp_path / "data", database_url=postgres_url, workers=1) as engine:
        await engine.index(str(source))
        (source / "users.py").write_text("def last_name():\n    return 2\n")
        (source / "page.js").unlink()
        report = await engine.index(str(source))

        assert report.counts["files_extracted"] == 1
        assert await engine.check() == []
        assert (await engine.search("last name")).hits[0].symbol == "last_name"
        assert "getUserName" not in [hit.symbol for hit in (await engine.search("get user name")).hits]


async def test_the_next_phase_of_a_repository_may_run_on_another_machine(tmp_path, repository, postgres_url):
    """Two data directories are two machines: each has an id, and mirrors, of its own."""
    here = kodit.open(tmp_path / "here", database_url=postgres_url, workers=1)
    there = kodit.open(tmp_path / "there", database_url=postgres_url, workers=1)
    async with here as one, there as other:
        await one.queue.pause(TaskType.EXTRACT)
        report = await one.index(f"file://{repository}", wait=False)
        run_id = report.progress.run.id
        await one.worker().run(drain=True)
        assert states(await one.progress(run_id))[:2] == [TaskState.SUCCEEDED, TaskState.READY]

        await one.queue.resume(TaskType.EXTRACT)
        await other.worker().run(drain=True)

        assert states(await other.progress(run_id)) == [TaskState.SUCCEEDED] * 5
        assert (await one.search("parse http headers")).hits[0].symbol == "parse_headers"


async def test_a_directory_is_only_read_where_it_is(tmp_path, source, postgres_url):
    here = kodit.open(tmp_path / "here", database_url=postgres_url, workers=1)
    there = kodit.open(tmp_path / "there", database_url=postgres_url, workers=1)
    async with here as one, there as other:
        report = await one.index(str(source), wait=False)
        await other.worker().run(drain=True)
        assert states(await other.progress(report.progress.run.id))[0] is TaskState.READY

        await one.worker().run(drain=True)
        assert states(await one.progress(report.progress.run.id)) == [TaskState.SUCCEEDED] * 5


async def test_a_machine_whose_clock_is_wrong_works_by_the_servers_time(tmp_path, source, postgres_url, monkeypatch):
    wrong = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: wrong)
    async with kodit.open(tmp_path / "data", database_url=postgres_url, workers=1) as engine:
        report = await engine.index(str(source))
    database = Database(postgres_url)
    right = await database.time()
    await database.close()

    moments = [
        moment for task in report.progress.tasks for moment in (task.created_at, task.started_at, task.finished_at)
    ]
    assert report.progress.run.state is RunState.COMPLETED
    assert all(abs(moment - right) < timedelta(minutes=5) for moment in moments)
