"""From a list of packages to published artifacts: all phases together, each for itself, and what goes wrong."""

import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest

import kodit
from bedrock_server import MODEL, ROLE, Bedrock, bedrock_server
from kodit import artifact_choices
from kodit.application.artifacts.export_order import ExportOrder
from kodit.application.artifacts.nixpkgs_job import JobOrder, JobStore, NixpkgsJob, PhaseReport
from kodit.application.artifacts.publish_order import LayerOrder
from kodit.artifact_choices import nixpkgs_job, opened_store, publishing_to
from kodit.domain.artifacts.artifact import ArtifactForm
from kodit.domain.artifacts.object_store import Expected, StoredObject
from kodit.domain.artifacts.terms import BuildTerms, Targets
from kodit.domain.errors import InvalidInput, KoditError, NotFound, Unavailable
from kodit.domain.search.ports import VectorKind
from kodit.domain.tasks.run import RunState
from kodit.infrastructure.filesystem.object_store import FolderObjectStore
from moto_server import ACCOUNT, REGION, MotoServer, moto_server

ALL = ("metadata", "embedding", "minified")
FULL, MINIFIED = "snapshots/fdnix-data.duckdb", "snapshots/fdnix.duckdb"


@pytest.fixture(scope="module")
def aws() -> Iterator[MotoServer]:
    with moto_server() as server:
        yield server


@pytest.fixture(scope="module")
def bedrock(aws: MotoServer) -> Iterator[Bedrock]:
    with bedrock_server(aws) as server:
        yield server


@pytest.fixture
def in_aws(aws: MotoServer, monkeypatch: pytest.MonkeyPatch) -> MotoServer:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    return aws


def _packages(path: Path, number: int) -> Path:
    entries = {
        f"package{n}": {
            "name": f"package{n}-1.{n}",
            "pname": f"package{n}",
            "version": f"1.{n}",
            "system": "x86_64-linux",
            "meta": {"description": f"What number {n} is for"},
        }
        for n in range(number)
    }
    path.write_text(json.dumps({"version": 2, "packages": entries}))
    return path


@pytest.fixture
def order(tmp_path: Path) -> JobOrder:
    return JobOrder(
        name="nixpkgs",
        location=str(_packages(tmp_path / "packages.json", 6)),
        phases=ALL,
        full=str(tmp_path / "out" / "full.duckdb"),
        minified=str(tmp_path / "out" / "minified.duckdb"),
        # An index of vectors takes most of the time, and its own tests have it.
        terms=BuildTerms(hnsw=None),
    )


@pytest.fixture(autouse=True)
def _place_for_artifacts(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()


@asynccontextmanager
async def _job(data_dir: Path) -> AsyncIterator[NixpkgsJob]:
    async with kodit.open(data_dir) as engine:
        yield nixpkgs_job(engine)


async def _run(data_dir: Path, order: JobOrder) -> Sequence[PhaseReport]:
    told: list[PhaseReport] = []
    async with _job(data_dir) as job:
        reports = await job.run(order, told=told.append)
    assert told == list(reports)
    return reports


def _keys(aws: MotoServer, bucket: str) -> list[str]:
    return [found["Key"] for found in aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", ())]


def _in_s3(bucket: str) -> JobStore:
    return JobStore(location=f"s3://{bucket}", region=REGION, full_key=FULL, minified_key=MINIFIED)


async def test_all_phases_leave_both_artifacts_here_in_s3_and_in_a_layer(
    order: JobOrder, in_aws: MotoServer, tmp_path: Path
) -> None:
    bucket, layer = in_aws.new_bucket(), f"fdnix-{uuid4().hex[:8]}"
    order = replace(order, store=_in_s3(bucket), layer=LayerOrder(layer=layer, path=order.minified))
    metadata, embedding, minified = await _run(tmp_path / "data", order)
    assert [report.failed for report in (metadata, embedding, minified)] == [None] * 3
    assert (metadata.artifact.manifest.entries, metadata.artifact.manifest.embedded) == (6, 0)
    assert (embedding.artifact.manifest.entries, embedding.artifact.manifest.embedded) == (6, 6)
    assert minified.artifact.manifest.form is ArtifactForm.MINIFIED
    assert (minified.keys, minified.layer) == ([FULL, MINIFIED], layer)

    assert {FULL, MINIFIED, "snapshots/latest.json"} <= {*_keys(in_aws, bucket)}
    publishing = publishing_to(opened_store(f"s3://{bucket}", REGION))
    latest = await publishing.latest(FULL)
    assert [file.key for file in latest.files] == [FULL, MINIFIED]
    for key, path in ((FULL, order.full), (MINIFIED, order.minified)):
        await publishing.fetch_latest(key, str(tmp_path / "fetched"))
        assert (tmp_path / "fetched").read_bytes() == Path(path).read_bytes()

    from moto.awslambda.models import lambda_backends

    [version] = lambda_backends[ACCOUNT][REGION]._layers._layers[layer].layer_versions.values()
    with ZipFile(io.BytesIO(version.code_bytes)) as archive:
        assert archive.read("fdnix/fdnix.duckdb") == Path(order.minified).read_bytes()
    assert version.description == latest.release


async def test_each_phase_alone_goes_on_with_what_the_store_has_on_any_machine(
    order: JobOrder, in_aws: MotoServer, tmp_path: Path
) -> None:
    bucket = in_aws.new_bucket()
    order = replace(order, store=_in_s3(bucket))
    for number, phase in enumerate(ALL):
        [report] = await _run(tmp_path / f"machine {number}", replace(order, phases=(phase,)))
        assert report.failed is None
        keys = _keys(in_aws, bucket)
        if phase == "minified":
            assert len(keys) == 2 + 2 * 3 + 1
        else:
            assert keys == [FULL]
        # What the next machine has not.
        Path(order.full).unlink()
    assert (report.artifact.manifest.entries, report.artifact.manifest.embedded) == (6, 6)


async def test_without_a_store_each_phase_goes_on_with_the_file(order: JobOrder, tmp_path: Path) -> None:
    for phase in ALL:
        [report] = await _run(tmp_path / "data", replace(order, phases=(phase,)))
        assert (report.failed, report.keys, report.layer) == (None, (), None)
    assert Path(order.minified).exists()


async def test_a_release_that_is_built_again_by_another_machine_is_published_once(
    order: JobOrder, tmp_path: Path
) -> None:
    place = tmp_path / "store"
    order = replace(order, store=JobStore(location=str(place), full_key=FULL, minified_key=MINIFIED))
    await _run(tmp_path / "one machine", order)
    pointer = (place / "snapshots" / "latest.json").read_bytes()
    Path(order.full).unlink()
    *_, report = await _run(tmp_path / "another", order)
    assert report.unchanged
    assert (place / "snapshots" / "latest.json").read_bytes() == pointer
    assert len([path for path in (place / "snapshots").iterdir() if path.is_dir()]) == 1
    _packages(Path(order.location), 7)
    *_, report = await _run(tmp_path / "another", order)
    assert not report.unchanged
    assert (place / "snapshots" / "latest.json").read_bytes() != pointer


TREE = """
{ system ? "x86_64-linux", ... }: {
  hello = { type = "derivation"; name = "hello-2.10"; pname = "hello"; version = "2.10"; inherit system; meta = { }; };
  gone = throw "it is gone";
}
"""


async def test_what_cannot_be_evaluated_of_a_tree_is_counted_and_left_out(
    order: JobOrder, tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("nix")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "default.nix").write_text(TREE)
    [report] = await _run(tmp_path / "data", replace(order, location=str(tmp_path / "tree"), phases=("metadata",)))
    assert (report.artifact.manifest.entries, report.unevaluated) == (1, 1)


@pytest.mark.parametrize("phase", ["embedding", "minified"])
async def test_a_phase_needs_the_artifact_of_the_one_before(order: JobOrder, tmp_path: Path, phase: str) -> None:
    with pytest.raises(NotFound, match="no full artifact"):
        await _run(tmp_path / "data", replace(order, phases=(phase,)))
    empty = JobStore(location=str(tmp_path / "store"), full_key=FULL)
    with pytest.raises(NotFound, match=FULL) as missing:
        await _run(tmp_path / "data", replace(order, phases=(phase,), store=empty))
    assert "metadata phase" in (missing.value.remedy or "")
    assert not Path(order.full).exists()


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"full": "out/one.duckdb", "minified": "out/one.duckdb"}, "cannot be both"),
        ({"full": "nowhere/full.duckdb"}, "there is no directory"),
        ({"minified": "nowhere/minified.duckdb"}, "there is no directory"),
        ({"full": "notes.txt"}, "is no artifact"),
        ({"minified": "notes.txt"}, "is no artifact"),
    ],
)
async def test_a_file_that_cannot_be_written_is_told_before_anything_is_read(
    order: JobOrder, tmp_path: Path, changed: dict[str, str], complaint: str
) -> None:
    (tmp_path / "notes.txt").write_text("what somebody wrote")
    Path(order.location).unlink()
    paths = {name: str(tmp_path / path) for name, path in changed.items()}
    with pytest.raises(KoditError, match=complaint) as refused:
        await _run(tmp_path / "data", replace(order, **paths))
    assert "--force" not in (refused.value.remedy or "")
    assert (tmp_path / "notes.txt").read_text() == "what somebody wrote"


async def test_the_minified_artifact_never_takes_the_place_of_the_full_one_that_it_is_made_from(
    order: JobOrder, tmp_path: Path
) -> None:
    await _run(tmp_path / "data", replace(order, phases=("metadata",)))
    before = Path(order.full).read_bytes()
    with pytest.raises(InvalidInput, match="cannot be both"):
        await _run(tmp_path / "data", replace(order, phases=("minified",), minified=order.full))
    assert Path(order.full).read_bytes() == before


@pytest.mark.parametrize("phase", ["embedding", "minified"])
async def test_an_artifact_of_code_is_no_beginning_of_a_phase(order: JobOrder, tmp_path: Path, phase: str) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "greet.py").write_text("def greet(name):\n    return f'hello {name}'\n")
    async with kodit.open(tmp_path / "data") as engine:
        await engine.index(str(tmp_path / "code"))
        await engine.artifacts.build("code", ExportOrder(targets=Targets(full=order.full), terms=order.terms))
    before = Path(order.full).read_bytes()
    with pytest.raises(InvalidInput, match="artifact of code"):
        await _run(tmp_path / "data", replace(order, phases=(phase,)))
    assert Path(order.full).read_bytes() == before


async def test_what_follows_a_phase_that_failed_is_left_out(order: JobOrder, tmp_path: Path) -> None:
    Path(order.location).write_text("not a list of packages")
    [report] = await _run(tmp_path / "data", order)
    assert (report.phase, report.artifact, report.failed.run.state) == ("metadata", None, RunState.FAILED)
    assert not Path(order.full).exists()


async def test_a_store_that_is_away_for_a_while_is_waited_for(
    order: JobOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(FolderObjectStore):
        async def put(self, key: str, path: str, *, expected: Expected | None = None) -> StoredObject:
            if not failed:
                failed.append(key)
                raise Unavailable("the store does not answer")
            return await super().put(key, path, expected=expected)

    failed: list[str] = []
    monkeypatch.setattr("kodit.application.reports.PATIENCE", timedelta(0))
    monkeypatch.setattr(artifact_choices, "opened_store", lambda location, region: Failing(Path(location)))
    monkeypatch.setenv("KODIT_RETRY_BASE_SECONDS", "0.7")
    store = JobStore(location=str(tmp_path / "store"), full_key=FULL)
    [report] = await _run(tmp_path / "data", replace(order, phases=("metadata",), store=store))
    assert (report.failed, report.keys, len(failed)) == (None, [FULL], 1)


async def test_what_is_unchanged_in_the_next_release_keeps_its_vector(
    order: JobOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kodit.infrastructure.static_model.embedder import StaticEmbedder

    asked: list[str] = []
    embed = StaticEmbedder.embed

    async def counted(self: StaticEmbedder, texts: Sequence[str]) -> object:
        asked.extend(texts)
        return await embed(self, texts)

    monkeypatch.setattr(StaticEmbedder, "embed", counted)
    await _run(tmp_path / "data", replace(order, phases=ALL[:2]))
    assert len(asked) == 6
    _packages(Path(order.location), 7)
    *_, report = await _run(tmp_path / "data", replace(order, phases=ALL[:2]))
    assert report.artifact.manifest.embedded == 7
    assert len(asked) == 7


async def test_bedrock_embeds_in_a_batch_job_while_no_worker_sleeps(
    order: JobOrder, bedrock: Bedrock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        **bedrock.environment,
        "KODIT_EMBEDDER": "bedrock",
        "BEDROCK_ROLE_ARN": ROLE,
        "BEDROCK_MODEL_ID": MODEL,
        "BEDROCK_POLL_INTERVAL": "0.05",
        "ARTIFACTS_BUCKET": bedrock.s3.new_bucket(),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    listed = json.loads(_packages(Path(order.location), 120).read_text())
    listed["packages"]["package7"]["meta"]["description"] = "poison"
    Path(order.location).write_text(json.dumps(listed))
    _, report = await _run(tmp_path / "data", replace(order, phases=ALL[:2]))
    assert report.failed is None
    manifest = report.artifact.manifest
    assert (manifest.entries, manifest.embedded, manifest.origin.dimension) == (120, 119, 256)
    assert len(bedrock.jobs) == 1
    # What the job refused is asked for once more by itself, and never again.
    assert len(bedrock.invoked) == 1
    async with kodit.open(tmp_path / "data") as engine, engine.artifacts.storage.read() as unit:
        assert not await unit.embedding_jobs.of(1, VectorKind.CODE, model=str(manifest.origin.model))
