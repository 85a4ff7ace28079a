"""Artifacts of what is indexed: built by the queue, asked without it."""

import json
from pathlib import Path

import aiosqlite
import pytest

import kodit
from kodit.application.artifacts.artifact_files import ArtifactFiles
from kodit.application.artifacts.export_order import ExportOrder
from kodit.artifact_choices import artifact_files
from kodit.domain.artifacts.answers import (
    ArtifactFilters,
    ArtifactMode,
    ArtifactQuery,
    PackageRow,
    SnippetRow,
)
from kodit.domain.artifacts.artifact import ArtifactContents
from kodit.domain.artifacts.terms import BuildTerms, FtsTerms, HnswTerms, Targets
from kodit.domain.errors import Conflict, InvalidInput, NotFound
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.duckdb.artifact_reader import opened_artifact
from kodit.infrastructure.memory.embedder import HashingEmbedder
from kodit.settings import load

FILES = {
    "users.py": "class User:\n    def full_name(self):\n        '''The first and the last name.'''\n        return 1\n",
    "http/headers.py": "def parse_headers(text):\n    '''Parse HTTP headers.'''\n    return text.splitlines()\n",
    "page.js": "export const getUserName = (user) => user.name;\n",
    "pyproject.toml": "[project]\nname = 'demo'\nversion = '1.0'\n",
    "README.md": "# Demo\n\nWhat this is about.\n",
}
PACKAGES = {
    "lynx": ("2.8", {"description": "A text-mode web browser", "license": {"spdxId": "GPL-2.0-only"}}),
    "firefox": ("47.0", {"description": "A web browser", "license": {"spdxId": "MPL-2.0"}}),
    "gimp": ("2.8", {"description": "An image editor", "license": {"spdxId": "GPL-3.0-only"}, "broken": True}),
    "python3Packages.numpy": ("1.11", {"description": "Arrays of numbers"}),
}


@pytest.fixture
async def engine(tmp_path):
    async with kodit.open(tmp_path / "data", workers=1, retry_base_seconds=0) as opened:
        yield opened


@pytest.fixture
def asking(tmp_path) -> ArtifactFiles:
    return artifact_files(load(data_dir=tmp_path / "nowhere"))


@pytest.fixture
def targets(tmp_path) -> Targets:
    return Targets(full=str(tmp_path / "full.duckdb"), minified=str(tmp_path / "minified.duckdb"))


async def with_code(engine, root: Path) -> None:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    report = await engine.index(root, name="demo")
    assert report.progress.run.state is RunState.COMPLETED


async def with_channel(engine, path: Path, packages=PACKAGES) -> None:
    entries = {attr: {"name": f"{attr}-{version}", "meta": meta} for attr, (version, meta) in packages.items()}
    path.write_text(json.dumps({"version": 2, "packages": entries}))
    source = await engine.channels.add("nixos", str(path))
    report = await engine.working_off.index(source, wait=True, watch=None)
    assert report.progress.run.state is RunState.COMPLETED


async def rows(path: str | None, mode=ArtifactMode.HYBRID, text="x", **filters):
    asked = ArtifactQuery(text=text, mode=mode, filters=ArtifactFilters(**filters), limit=3)
    answers = await artifact_files(load()).search(str(path), asked)
    return [hit.row for hit in answers.hits]


async def test_an_index_of_code_becomes_files_that_answer_like_the_index(engine, tmp_path, targets, asking):
    await with_code(engine, tmp_path / "source")
    report = await engine.artifacts.build("demo", ExportOrder(targets=targets))
    assert report.progress.run.state is RunState.COMPLETED, report.progress.tasks
    [full, minified] = report.artifacts
    counts = await engine.views.files(report.progress.source.id)
    assert full.manifest.origin.contents is ArtifactContents.CODE
    assert full.manifest.rows["files"] == len(FILES)
    assert full.manifest.rows["snippets"] == minified.manifest.embedded == counts.snippets
    assert (full.manifest.rows["symbols"], full.manifest.rows["packages"]) == (counts.symbols, 1)
    assert report.progress.run.counts == {"artifacts_built": 2, "entries_exported": counts.snippets}

    for text in ("parse_headers", "getUserName", "first and last name"):
        expected = (await engine.search(text)).hits[0]
        for artifact in (full, minified):
            found = (await rows(artifact.path, text=text))[0]
            assert isinstance(found, SnippetRow)
            assert (found.path, found.start_line, found.symbol) == (expected.path, expected.start_line, expected.symbol)
    assert not (await asking.verify(full.path)).problems
    assert not (await asking.verify(minified.path)).problems
    assert [row.path for row in await rows(minified.path, text="user", languages={"javascript"})] == ["page.js"]


async def test_a_channel_becomes_files_that_are_searched_by_name_word_meaning_and_licence(engine, tmp_path, targets):
    await with_channel(engine, tmp_path / "packages.json")
    report = await engine.artifacts.build("nixos", ExportOrder(targets=targets))
    [full, minified] = report.artifacts
    assert (full.manifest.entries, minified.manifest.embedded) == (4, 4)
    assert full.manifest.origin.location == str(tmp_path / "packages.json")
    assert len(full.manifest.origin.release) == 64

    async def attrs(path, mode, text, **filters):
        found = await rows(path, mode, text, **filters)
        assert all(isinstance(row, PackageRow) for row in found)
        return [row.attr for row in found]

    for path in (full.path, minified.path):
        assert (await attrs(path, ArtifactMode.HYBRID, "numpy"))[0] == "python3Packages.numpy"
        assert set((await attrs(path, ArtifactMode.VECTOR, "web browser"))[:2]) == {"lynx", "firefox"}
        assert await attrs(path, ArtifactMode.VECTOR, "web browser", licenses={"GPL-3.0"}) == ["gimp"]
        assert "gimp" not in await attrs(path, ArtifactMode.HYBRID, "gimp", without={"broken"})
    assert set(await attrs(minified.path, ArtifactMode.KEYWORD, "browsers")) == {"lynx", "firefox"}
    assert await attrs(minified.path, ArtifactMode.KEYWORD, "browser", licenses={"mpl-2.0"}) == ["firefox"]


async def test_the_same_release_makes_the_same_artifact_whenever_its_packages_came(engine, tmp_path, targets):
    await with_channel(engine, tmp_path / "packages.json", {"gimp": PACKAGES["gimp"], "zz": ("1", {})})
    await with_channel(engine, tmp_path / "packages.json")
    [full, _] = (await engine.artifacts.build("nixos", ExportOrder(targets=targets))).artifacts
    other = Targets(full=str(tmp_path / "other.duckdb"))
    async with kodit.open(tmp_path / "again", workers=1) as fresh:
        await with_channel(fresh, tmp_path / "packages.json")
        [again] = (await fresh.artifacts.build("nixos", ExportOrder(targets=other))).artifacts
    assert again.manifest.tables == full.manifest.tables


async def test_without_embeddings_there_is_nothing_to_compare_and_the_rest_is_there(engine, tmp_path, targets):
    await with_channel(engine, tmp_path / "packages.json")
    report = await engine.artifacts.build("nixos", ExportOrder(targets=targets, embeddings=False))
    for artifact in report.artifacts:
        assert (artifact.manifest.embedded, artifact.manifest.origin.model) == (0, None)
        assert [row.attr for row in await rows(artifact.path, text="lynx")] == ["lynx"]
        with pytest.raises(InvalidInput, match="the artifact has no vectors"):
            await rows(artifact.path, ArtifactMode.VECTOR)


async def test_vectors_are_added_later_as_the_index_has_them(engine, tmp_path, targets, asking):
    await with_channel(engine, tmp_path / "packages.json")
    bare = ExportOrder(targets=Targets(full=targets.full), embeddings=False)
    await engine.artifacts.build("nixos", bare)
    embedded = await asking.embed(str(targets.full), str(targets.full), BuildTerms())
    minified = await asking.minify(str(targets.full), str(targets.minified), BuildTerms())
    at_once = Targets(full=str(tmp_path / "1.duckdb"), minified=str(tmp_path / "2.duckdb"))
    report = await engine.artifacts.build("nixos", ExportOrder(targets=at_once))
    assert [embedded.manifest.tables, minified.manifest.tables] == [one.manifest.tables for one in report.artifacts]


async def test_a_question_is_embedded_by_the_model_of_the_artifact_or_not_at_all(engine, tmp_path, targets):
    await with_channel(engine, tmp_path / "packages.json")
    await engine.artifacts.build("nixos", ExportOrder(targets=targets))
    other = ArtifactFiles(open_artifact=opened_artifact, writer=lambda: None, embedder=HashingEmbedder)
    with pytest.raises(InvalidInput, match=r"made with kodit-static-.*, and the embedder that is set is hashing"):
        await other.search(str(targets.minified), ArtifactQuery(text="lynx"))
    by_words = ArtifactQuery(text="lynx", mode=ArtifactMode.KEYWORD)
    assert len((await other.search(str(targets.minified), by_words)).hits) == 1


async def test_what_cannot_be_built_is_said_before_anything_is_queued(engine, tmp_path, targets):
    with pytest.raises(NotFound, match="no source named demo"):
        await engine.artifacts.build("demo", ExportOrder(targets=targets))
    await with_code(engine, tmp_path / "source")
    Path(str(targets.full)).write_text("a letter")
    with pytest.raises(Conflict, match="is no artifact"):
        await engine.artifacts.build("demo", ExportOrder(targets=targets))
    assert await engine.views.tasks(kind=TaskType.EXPORT) == []


async def test_an_index_that_is_not_whole_is_not_exported(engine, tmp_path, targets):
    source = await engine.add(tmp_path, name="demo")
    report = await engine.artifacts.build("demo", ExportOrder(targets=targets))
    assert report.progress.run.state is RunState.FAILED
    assert "demo is not indexed yet" in str(report.progress.tasks[0].note)
    await engine.remove(source.name)

    await with_code(engine, tmp_path / "source")
    async with aiosqlite.connect(tmp_path / "data" / "kodit.db") as database:
        await database.execute("DELETE FROM embeddings WHERE rowid = (SELECT min(rowid) FROM embeddings)")
        await database.commit()
    report = await engine.artifacts.build("demo", ExportOrder(targets=targets))
    assert report.progress.run.state is RunState.FAILED
    assert "demo lacks vectors of kodit-static" in str(report.progress.tasks[0].note)
    assert not Path(str(targets.full)).exists()


async def test_the_same_order_twice_is_one_run_and_another_order_another(engine, tmp_path, targets):
    await with_code(engine, tmp_path / "source")
    orders = [
        ExportOrder(targets=targets),
        ExportOrder(targets=targets),
        ExportOrder(targets=targets, terms=BuildTerms(hnsw=HnswTerms(m=8), fts=FtsTerms(stemmer="none"))),
    ]
    queued = [await engine.artifacts.build("demo", order, wait=False) for order in orders]
    first, same, other = (report.progress.run.id for report in queued)
    assert first == same != other
    await engine.worker().run(drain=True)
    report = await engine.artifacts.build("demo", orders[2])
    assert (report.artifacts[0].manifest.hnsw.m, report.artifacts[1].manifest.fts.stemmer) == (8, "none")
    # What is done with a source's index is no indexing: its state is told by the last run that was.
    assert [row.state for row in await engine.sources()] == ["indexed"]


def test_an_order_comes_back_from_its_payload(targets):
    order = ExportOrder(targets=targets, terms=BuildTerms(hnsw=None, minified_hnsw=HnswTerms(m=5)), embeddings=False)
    assert ExportOrder.of(json.loads(json.dumps(order.payload))) == order
    with pytest.raises(InvalidInput, match="does not say what is to be exported"):
        ExportOrder.of({"index_id": 1})
