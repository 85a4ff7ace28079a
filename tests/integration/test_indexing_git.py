"""Git sources end to end: whatever their history, they end as if indexed for the first time."""

import random
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

import kodit
from export import export
from kodit.application.engine import Kodit
from kodit.application.reports import IndexReport
from kodit.domain.errors import Conflict
from kodit.domain.search.query import SearchMode
from kodit.domain.sources.ignore import RULES
from kodit.domain.sources.last_change import LastChange
from kodit.domain.sources.reading import Reading
from kodit.domain.tasks.run import RunState

BODY = "".join(f"def step_{number}(value):\n    return value + {number}\n\n\n" for number in range(8))
HISTORY = "SELECT s.name, path, author, changed_at, f.created_at FROM files f JOIN sources s ON s.id = f.index_id"

Indexes = Callable[..., Awaitable[IndexReport]]


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.invalid")
    return subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


def commit(root: Path, **files: str | None) -> str:
    for name, text in files.items():
        path = root / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message=more")
    return git(root, "rev-parse", "HEAD").strip()


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    root = tmp_path / "upstream"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, **{"a.py": "def alpha():\n    return 1\n", "pkg/b.py": BODY + "def beta():\n    return 2\n"})
    return root


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Kodit]:
    async with kodit.open(tmp_path / "data", workers=1, retry_base_seconds=0) as opened:
        yield opened


@pytest.fixture
def index(engine: Kodit, upstream: Path) -> Indexes:
    async def run(**reading: object) -> IndexReport:
        report = await engine.index(f"file://{upstream}", reading=Reading(**reading))  # type: ignore[arg-type]
        assert report.progress.run.state is RunState.COMPLETED
        return report

    return run


def rows(engine_data: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(engine_data / "kodit.db")) as connection:
        return sorted(connection.execute(query).fetchall(), key=repr)


async def found(engine: Kodit, text: str, **options: object) -> list[str]:
    result = await engine.search(text, mode=SearchMode.KEYWORD, **options)  # type: ignore[arg-type]
    return [f"{hit.source}:{hit.path}" for hit in result.hits]


async def test_a_renamed_file_is_told_and_found_at_its_new_path_only(
    engine: Kodit, index: Indexes, upstream: Path, tmp_path: Path
) -> None:
    await index()
    before = dict(rows(tmp_path / "data", "SELECT path, id FROM files"))
    (upstream / "lib").mkdir()
    git(upstream, "mv", "pkg/b.py", "lib/c.py")
    commit(upstream)

    report = await index()

    assert {name: report.counts[f"files_{name}"] for name in ("added", "renamed", "deleted", "unchanged")} == {
        "added": 0,
        "renamed": 1,
        "deleted": 0,
        "unchanged": 1,
    }
    assert await found(engine, "beta") == ["upstream:lib/c.py"]
    after = dict(rows(tmp_path / "data", "SELECT path, id FROM files"))
    assert after == {"a.py": before["a.py"], "lib/c.py": before["pkg/b.py"]}


async def test_whatever_happens_to_a_repository_it_ends_as_if_indexed_for_the_first_time(
    index: Indexes, upstream: Path, tmp_path: Path
) -> None:
    dice = random.Random(5)
    await index()
    for _ in range(5):
        for _ in range(dice.randint(1, 3)):
            edit(upstream, dice)
        commit(upstream)
        await index()
    git(upstream, "commit", "--quiet", "--amend", "--message=forced")
    await index()

    async with kodit.open(tmp_path / "fresh", workers=1) as other:
        await other.index(f"file://{upstream}")

    afresh, followed = await export(tmp_path / "fresh"), await export(tmp_path / "data")
    for name in ("sources", "files", "snippets", "gone", "keywords", "code vectors", "text vectors"):
        assert followed[name] == afresh[name], name
    assert set(afresh["embeddings"]) <= set(followed["embeddings"])
    assert rows(tmp_path / "data", HISTORY) == rows(tmp_path / "fresh", HISTORY)


def edit(root: Path, dice: random.Random) -> None:
    there = sorted(path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    place = root / dice.choice(["pkg", "lib", "lib/deep"]) / dice.choice(["a.py", "b.py", "c.md"])
    match dice.choice(["write", "edit", "delete", "move", "ignore"]):
        case "edit" if there:
            some = dice.choice(there)
            some.write_text(some.read_text() + f"def more_{dice.randint(0, 99)}():\n    return 0\n")
        case "delete" if len(there) > 2:
            dice.choice(there).unlink()
        case "move" if there and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            dice.choice(there).rename(place)
        case "ignore":
            (root / ".noindex").write_text(dice.choice(["*.md\n", "lib/deep/\n", "\n# nothing\n!x\n"]))
        case _:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(BODY * dice.randint(0, 1) + f"x = {dice.randint(0, 99)}\n")


async def test_branches_are_sources_of_their_own_that_share_the_mirror_and_what_is_made_of_equal_files(
    engine: Kodit, index: Indexes, upstream: Path, tmp_path: Path
) -> None:
    git(upstream, "checkout", "--quiet", "-b", "dev")
    commit(upstream, **{"new.py": "def gamma():\n    return 3\n"})
    git(upstream, "checkout", "--quiet", "main")
    await index()

    report = await index(branch="dev")

    assert report.source.name == "upstream@dev"
    assert report.counts["files_added"] == 3
    assert report.counts["code_embedded"] == 1  # what both branches have is embedded already
    assert await found(engine, "gamma") == ["upstream@dev:new.py"]
    assert await found(engine, "alpha", sources=["upstream@dev"]) == ["upstream@dev:a.py"]
    assert len(list((tmp_path / "data" / "mirrors").glob("*.git"))) == 1
    again = await engine.index(f"file://{upstream}#dev")
    assert again.source == report.source

    await engine.remove("upstream")
    assert len(list((tmp_path / "data" / "mirrors").glob("*.git"))) == 1
    assert await found(engine, "alpha") == ["upstream@dev:a.py"]
    await engine.remove("upstream@dev")
    assert list((tmp_path / "data" / "mirrors").glob("*.git")) == []


async def test_two_ways_to_write_one_branch_are_one_source(engine: Kodit, upstream: Path) -> None:
    bare = await engine.add(f"file://{upstream}#main")
    assert await engine.add(f"file://{upstream}", reading=Reading(branch="main")) == bare

    with pytest.raises(Conflict):
        await engine.add(f"file://{upstream}", name="other", reading=Reading(branch="main"))


async def test_a_shallow_source_knows_no_authors_until_its_history_is_wanted(
    index: Indexes, upstream: Path, tmp_path: Path
) -> None:
    commit(upstream, **{"new.py": "x = 1\n"})
    query = "SELECT path, author FROM files"
    await index(depth=1)
    assert rows(tmp_path / "data", query) == [("a.py", None), ("new.py", None), ("pkg/b.py", None)]

    commit(upstream, **{"a.py": "def alpha():\n    return 2\n"})
    await index()
    ann = "Ann <ann@example.invalid>"
    assert rows(tmp_path / "data", query) == [("a.py", ann), ("new.py", None), ("pkg/b.py", None)]

    report = await index(depth=0)
    assert rows(tmp_path / "data", query) == [("a.py", ann), ("new.py", ann), ("pkg/b.py", ann)]
    assert report.counts["files_unchanged"] == 3


async def test_submodules_are_followed_once_that_is_wanted_and_left_again(
    engine: Kodit, index: Indexes, upstream: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "--quiet", "--initial-branch=main")
    head = commit(library, **{"inner.py": "def delta():\n    return 4\n"})
    git(upstream, "update-index", "--add", "--cacheinfo", f"160000,{head},lib")
    (upstream / ".gitmodules").write_text('[submodule "lib"]\n\tpath = lib\n\turl = ../library\n')
    git(upstream, "add", ".gitmodules")
    git(upstream, "commit", "--quiet", "--message=lib")
    await index()
    assert await found(engine, "delta") == []
    assert rows(tmp_path / "data", 'SELECT path, url, "commit" FROM submodules') == [("lib", f"file://{library}", head)]

    report = await index(submodules=True)
    assert (report.counts["files_added"], await found(engine, "delta")) == (1, ["upstream:lib/inner.py"])
    assert ("lib/inner.py", "Ann <ann@example.invalid>") in rows(tmp_path / "data", "SELECT path, author FROM files")
    assert len(list((tmp_path / "data" / "mirrors").glob("*.git"))) == 2

    report = await index(submodules=False)
    assert (report.counts["files_deleted"], await found(engine, "delta")) == (1, [])
    await index(submodules=True)
    await engine.remove("upstream")
    assert list((tmp_path / "data" / "mirrors").glob("*.git")) == []


async def test_answers_may_be_narrowed_to_whom_changed_a_file_last_and_when(
    engine: Kodit, index: Indexes, upstream: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2040-05-05T12:00:00Z")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Bob")
    commit(
        upstream,
        **{
            "old.py": "def omega():\n    return 1\n",
            "pkg/b.py": BODY + "def all_of_omega(values):\n    return sum(values)\n",
        },
    )
    await index()
    spring, summer = (datetime(2040, month, 1, tzinfo=UTC) for month in (4, 7))

    async def told(**change: object) -> list[str]:
        asked = {mode: engine.search("alpha omega", mode=mode, last_change=LastChange(**change)) for mode in SearchMode}  # type: ignore[arg-type]
        paths = {mode: {hit.path for hit in (await answer).hits} for mode, answer in asked.items()}
        # Nearness finds everything there is; equal words are folded where several lists are fused.
        assert all(found <= paths[SearchMode.CODE] for found in paths.values())
        return sorted(paths[SearchMode.CODE])

    assert await told() == ["a.py", "old.py", "pkg/b.py"]
    assert await told(authors=("bob",)) == ["old.py", "pkg/b.py"]
    assert await told(authors=("ann <",)) == ["a.py"]
    assert await told(earliest_at=spring, until=summer) == ["old.py", "pkg/b.py"]
    assert await told(earliest_at=summer) == []
    assert await told(until=spring) == ["a.py"]


async def test_a_source_that_was_listed_by_other_rules_is_listed_anew(
    engine: Kodit, index: Indexes, tmp_path: Path
) -> None:
    await index()
    with closing(sqlite3.connect(tmp_path / "data" / "kodit.db")) as connection, connection:
        connection.execute("DELETE FROM files WHERE path = 'pkg/b.py'")
    assert (await index()).counts["files_added"] == 0  # nothing differs between a commit and itself
    with closing(sqlite3.connect(tmp_path / "data" / "kodit.db")) as connection, connection:
        connection.execute("UPDATE sources SET rules = 0")

    assert (await index()).counts["files_added"] == 1
    assert rows(tmp_path / "data", "SELECT rules FROM sources") == [(RULES,)]
