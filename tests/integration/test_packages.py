"""Packages through the whole of indexing: found, owned, extracted, and after any edits the same as from the start."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import kodit
from export import export
from kodit.domain.tasks.run import RunState

TABLES = ("packages", "requirements", "owners", "manifests")

SOURCE = {
    "package.json": '{"name": "root", "version": "1.0.0", "workspaces": ["packages/*"]}',
    "packages/core/package.json": '{"name": "core", "version": "1.1.0", "description": "The core"}',
    "packages/core/index.js": "export const core = 1;\n",
    "packages/app/package.json": '{"name": "app", "dependencies": {"core": "*", "react": "^18"}}',
    "packages/app/src/index.js": "import { core } from 'core';\n",
    "tools/pyproject.toml": '[project]\nname = "tools"\nversion = "0.1"\n',
    "tools/run.py": "def run():\n    return 1\n",
    "README.md": "# Demo\n",
}


def write(root: Path, files: dict[str, str | None]) -> None:
    for name, text in files.items():
        path = root / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def source(tmp_path):
    write(tmp_path / "source", SOURCE)
    return tmp_path / "source"


@pytest.fixture
async def engine(tmp_path):
    async with kodit.open(tmp_path / "data", workers=1) as opened:
        yield opened


@pytest.fixture
def rows(tmp_path):
    def asked(query: str):
        with closing(sqlite3.connect(tmp_path / "data" / "kodit.db")) as connection:
            return connection.execute(query).fetchall()

    return asked


async def counted(engine, source, *names):
    report = await engine.index(str(source))
    assert report.progress.run.state is RunState.COMPLETED
    return [report.counts.get(name, 0) for name in names]


async def test_packages_are_stored_with_what_they_own_and_require(engine, source, rows):
    found = await counted(engine, source, "packages_added", "manifests_read", "packages_extracted")

    assert found == [4, 4, 4]
    assert rows("SELECT path, kind, name, version, description FROM packages ORDER BY path") == [
        ("", "npm", "root", "1.0.0", None),
        ("packages/app", "npm", "app", None, None),
        ("packages/core", "npm", "core", "1.1.0", "The core"),
        ("tools", "python", "tools", "0.1", None),
    ]
    assert rows(
        "SELECT p.name, r.name, requirement, scope, t.path FROM package_requirements r "
        "JOIN packages p ON p.id = package_id LEFT JOIN packages t ON t.id = target_id ORDER BY r.id"
    ) == [("app", "core", "*", "runtime", "packages/core"), ("app", "react", "^18", "runtime", None)]
    owned = rows(
        "SELECT f.path, p.name FROM files f JOIN package_files ON file_id = f.id JOIN packages p ON p.id = package_id"
    )
    assert dict(owned) == {
        "README.md": "root",
        "package.json": "root",
        "packages/app/package.json": "app",
        "packages/app/src/index.js": "app",
        "packages/core/index.js": "core",
        "packages/core/package.json": "core",
        "tools/pyproject.toml": "tools",
        "tools/run.py": "tools",
    }


async def test_packages_whose_manifests_changed_are_extracted_before_those_with_other_files(engine, source, rows):
    await counted(engine, source)
    before = {row[0] for row in rows("SELECT id FROM snippets")}
    write(source, {"README.md": "# Again\n", "tools/run.py": "def run():\n    return 2\n"})
    write(source, {"packages/core/package.json": '{"name": "core", "version": "2.0.0"}'})
    write(source, {"packages/core/index.js": "export const core = 2;\n"})

    await counted(engine, source)

    added = rows("SELECT s.id, f.path FROM snippets s JOIN files f ON f.id = file_id ORDER BY s.id")
    assert [path for snippet, path in added if snippet not in before] == [
        "packages/core/index.js",
        "packages/core/package.json",
        "README.md",
        "tools/run.py",
    ]


async def test_a_changed_file_costs_its_package_and_no_manifest(engine, source):
    await counted(engine, source)
    write(source, {"tools/run.py": "def run():\n    return 2\n"})

    names = ("packages_unchanged", "packages_updated", "packages_extracted", "manifests_read", "files_extracted")
    assert await counted(engine, source, *names) == [4, 0, 1, 0, 1]


async def test_only_a_changed_manifest_is_read_again(engine, source, rows):
    await counted(engine, source)
    write(source, {"packages/core/package.json": '{"name": "core", "version": "2.0.0"}'})

    names = ("packages_unchanged", "packages_updated", "packages_extracted", "manifests_read")
    assert await counted(engine, source, *names) == [3, 1, 1, 1]
    assert rows("SELECT version FROM packages WHERE name = 'core'") == [("2.0.0",)]


async def test_a_package_that_goes_leaves_its_files_to_the_next_above(engine, source, rows):
    await counted(engine, source)
    write(source, {"packages/core/package.json": None})

    assert await counted(engine, source, "packages_removed", "packages_extracted") == [1, 1]
    owner = "SELECT p.name FROM package_files JOIN files f ON f.id = file_id JOIN packages p ON p.id = package_id"
    assert rows(f"{owner} WHERE f.path = 'packages/core/index.js'") == [("root",)]
    assert rows(
        "SELECT t.id FROM package_requirements r LEFT JOIN packages t ON t.id = target_id WHERE r.name = 'core'"
    ) == [(None,)]


async def test_a_manifest_that_cannot_be_read_is_reported_and_leaves_a_plain_package(engine, source, rows):
    write(source, {"tools/pyproject.toml": "[project", "tools/package.json": "{" + " " * 600_000})

    assert await counted(engine, source, "manifests_read", "manifests_unreadable") == [5, 2]
    assert rows("SELECT name, kind, manifest FROM packages WHERE path = 'tools'") == [
        ("tools", "directory", "tools/package.json")
    ]
    problems = dict(rows("SELECT path, problem FROM manifests WHERE facts IS NULL"))
    assert problems["tools/package.json"] == "larger than 512 KiB"
    assert "Expected ']'" in problems["tools/pyproject.toml"]
    write(source, {"README.md": "# Again\n"})
    assert await counted(engine, source, "manifests_read") == [0]


EDITS = {
    "package.json": [SOURCE["package.json"], '{"name": "root"}', "{", None],
    "packages/core/package.json": [SOURCE["packages/core/package.json"], '{"name": "renamed"}', None],
    "packages/app/package.json": [
        SOURCE["packages/app/package.json"],
        '{"name": "app", "dependencies": {"renamed": "1"}}',
        None,
    ],
    "packages/new/package.json": [
        '{"name": "core"}',
        '{"name": "new", "dependencies": {"app": "1", "core": "1"}}',
        None,
    ],
    "packages/app/src/index.js": ["export const a = 1;\n", "export const a = 2;\n", None],
    "Cargo.toml": ['[workspace.package]\nversion = "1"', '[workspace.package]\nversion = "2"', None],
    "packages/app/Cargo.toml": ['[package]\nname = "app"\nversion.workspace = true', None],
    "tools/run.py": ["x = 1\n", "x = 2\n", None],
    "tools/pyproject.toml": ['[project]\nname = "tools"', "[", None],
    "other/deep/file.py": ["y = 1\n", None],
}


PLACES = ["run.py", "other/run.py", "packages/app/run.py", "packages/core/src/run.py", "tools/moved/run.py"]


def move(root: Path, chance: random.Random) -> None:
    """Give one of the files that are no manifests a place elsewhere, in its package or in another."""
    movable = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".js", ".md"))
    place = root / chance.choice(PLACES)
    if movable and not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        chance.choice(movable).rename(place)


@pytest.mark.parametrize("seed", range(2))
async def test_after_any_edits_the_packages_are_as_if_found_from_the_start(engine, source, tmp_path, seed):
    chance = random.Random(seed)
    for number in range(1, 13):
        # Every other time no manifest is among them.
        able = [path for path in sorted(EDITS) if number % 2 or path.endswith((".js", ".py"))]
        for path in chance.sample(able, chance.randint(1, 3)):
            text = chance.choice(EDITS[path])
            if text is not None or (source / path).exists():
                write(source, {path: text})
        if chance.random() < 0.5:
            move(source, chance)
        await counted(engine, source)
        if number % 4 == 0:
            anew = tmp_path / f"anew{number}"
            async with kodit.open(anew, workers=1) as fresh:
                await counted(fresh, source)
            expected, found = await export(anew), await export(tmp_path / "data")
            assert {name: found[name] for name in TABLES} == {name: expected[name] for name in TABLES}
            shutil.rmtree(anew)
