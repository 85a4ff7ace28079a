"""However many processes extract, the database is the same, row by row and id by id."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import kodit
from kodit.domain.tasks.run import RunState

SAMPLES = sorted((Path(__file__).parent.parent / "contracts" / "samples").iterdir())
PACKAGES = 30

OF_THE_QUEUE = {"runs", "tasks", "progress", "schedules", "workers", "queue_controls", "rate_limits", "sqlite_sequence"}
"""What says when things were done, and by whom, and not what was found."""


MOMENTS = {("sources", "created_at"), ("sources", "indexed_at"), ("files", "mtime_ns")}
"""When something was looked at; whether a file is so fresh that its time is not trusted depends on that, too."""


@pytest.fixture(scope="module")
def monorepo(tmp_path_factory):
    """A source of thirty packages that use each other, with the samples of all languages among them."""
    root = tmp_path_factory.mktemp("monorepo")
    (root / "package.json").write_text('{"name": "root", "workspaces": ["packages/*"]}')
    for number in range(PACKAGES):
        package = root / "packages" / f"p{number:02}"
        (package / "src").mkdir(parents=True)
        before = f"p{number - 1:02}" if number else "react"
        (package / "package.json").write_text(f'{{"name": "p{number:02}", "dependencies": {{"{before}": "*"}}}}')
        (package / "src" / "index.ts").write_text(
            f"import {{ made{number} }} from './made';\n"
            f"import * as before from '{before}';\n"
            f"export function use{number}() {{\n  return made{number}() + before.use{number - 1}();\n}}\n"
        )
        # One is larger than a batch, so that it is split; most are so small that they share one.
        functions = 9_000 if number == 7 else 3
        (package / "src" / "made.ts").write_text(
            "".join(f"export function made{number + place}() {{ return {place}; }}\n" for place in range(functions))
        )
        for sample in SAMPLES[number % 3 :: 3]:
            shutil.copy(sample, package / sample.name)
    (root / "packages" / "p11" / "broken.json").write_bytes(b"\xff\0")
    (root / "packages" / "p12" / "pyproject.toml").write_text("[project")
    return root


def changed(root: Path) -> None:
    """Edits everywhere: a manifest, files of several packages, one gone, one new."""
    (root / "packages" / "p03" / "package.json").write_text('{"name": "p03", "version": "2.0.0"}')
    (root / "packages" / "p20" / "src" / "index.ts").unlink()
    (root / "packages" / "p07" / "src" / "new.ts").write_text("export const LIMIT = 3;\n")
    for number in (5, 25):
        with (root / "packages" / f"p{number:02}" / "src" / "made.ts").open("a") as file:
            file.write("export function more() {}\n")


def rows(data_dir: Path) -> dict[str, list[tuple]]:
    """Everything in the database but the queue and moments."""
    with closing(sqlite3.connect(data_dir / "kodit.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held = {}
        for table in sorted(set(tables) - OF_THE_QUEUE):
            found = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name from the database itself
            names = [column[0] for column in found.description]
            kept = [place for place, name in enumerate(names) if (table, name) not in MOMENTS]
            held[table] = sorted((tuple(row[place] for place in kept) for row in found), key=repr)
    return held


@pytest.mark.timeout(300)
async def test_one_process_and_several_give_the_same_database(monorepo, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(monorepo, source)
    one, several = tmp_path / "one", tmp_path / "several"
    for change in (lambda _: None, changed):
        change(source)
        for data_dir, workers in ((one, 1), (several, 3)):
            async with kodit.open(data_dir, workers=workers) as engine:
                report = await engine.index(str(source))
            assert report.progress.run.state is RunState.COMPLETED
        expected, found = rows(one), rows(several)
        assert len(expected["packages"]) == PACKAGES + 2
        assert all(expected[table] for table in ("snippets", "symbols", "symbol_references", "package_requirements"))
        assert found.keys() == expected.keys()
        for table, held in expected.items():
            assert found[table] == held, table
