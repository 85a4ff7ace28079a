"""PUBLISH on a real queue: to a folder, to S3 and to Lambda, again after a failure, and never twice."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import kodit
from kodit import artifact_choices
from kodit.application.artifacts.publish import release_of
from kodit.application.artifacts.publish_order import LayerOrder, PublishOrder
from kodit.application.artifacts.publishing import Publishing
from kodit.application.engine import Kodit
from kodit.domain.artifacts.artifact import ArtifactContents, ArtifactForm, ArtifactManifest, Origin
from kodit.domain.artifacts.publication import FileToPublish
from kodit.domain.errors import InvalidInput, Unavailable
from kodit.domain.tasks.pipeline import PUBLICATION
from kodit.domain.tasks.run import Run, RunState
from kodit.domain.tasks.task_type import QueuePriority, TaskType
from kodit.infrastructure.clock import now
from kodit.infrastructure.filesystem.object_files import downloaded
from kodit.infrastructure.filesystem.object_store import FolderObjectStore
from moto_server import REGION, MotoServer, moto_server


@pytest.fixture(scope="module")
def aws() -> Iterator[MotoServer]:
    with moto_server() as server:
        yield server


@pytest.fixture
async def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kodit]:
    monkeypatch.setenv("KODIT_TASK_POLICIES", '{"PUBLISH": {"attempts": 2, "base_seconds": 0}}')
    async with kodit.open(tmp_path / "queue") as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> tuple[FileToPublish, ...]:
    made = []
    for name in ("fdnix-data.duckdb", "fdnix.duckdb"):
        (tmp_path / name).write_text(f"what {name} has")
        made.append(FileToPublish(str(tmp_path / name), f"snapshots/{name}"))
    return tuple(made)


async def _published(engine: Kodit, order: PublishOrder) -> Run:
    run = await engine.queue.enqueue(
        PUBLICATION, dedup_key="publish", payload=order.payload, priority=QueuePriority.USER_INITIATED
    )
    await engine.worker().run(drain=True)
    async with engine.storage.read() as unit:
        return await unit.tasks.run(run.id)


async def _failure(engine: Kodit, run: Run) -> str:
    async with engine.storage.read() as unit:
        [task] = await unit.tasks.tasks_of(run.id)
    [error] = task.errors
    return error.message


async def test_files_are_published_to_a_folder(engine: Kodit, files: tuple[FileToPublish, ...], tmp_path: Path) -> None:
    store = tmp_path / "artifacts"
    run = await _published(engine, PublishOrder(store=str(store), files=files, release="nixos-16.09"))
    assert (run.state, run.counts) == (RunState.COMPLETED, {"files_published": 2})
    lying = {path.relative_to(store).as_posix() for path in store.rglob("*.duckdb")}
    assert lying == {
        "snapshots/fdnix-data.duckdb",
        "snapshots/fdnix.duckdb",
        "snapshots/nixos-16.09/fdnix-data.duckdb",
        "snapshots/nixos-16.09/fdnix.duckdb",
    }
    latest = await Publishing(FolderObjectStore(store), downloaded, now).latest("snapshots/fdnix.duckdb")
    assert latest.release == "nixos-16.09"


async def test_without_snapshots_there_is_the_key_and_nothing_else(
    engine: Kodit, files: tuple[FileToPublish, ...], tmp_path: Path
) -> None:
    store = tmp_path / "artifacts"
    await _published(engine, PublishOrder(store=str(store), files=files, release="1", snapshots=False))
    assert sorted(path.name for path in (store / "snapshots").iterdir()) == ["fdnix-data.duckdb", "fdnix.duckdb"]


@pytest.fixture
def in_aws(aws: MotoServer, monkeypatch: pytest.MonkeyPatch) -> MotoServer:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    return aws


async def test_files_go_to_s3_and_the_layer_to_lambda_once_however_often(
    engine: Kodit, files: tuple[FileToPublish, ...], in_aws: MotoServer
) -> None:
    bucket, layer = in_aws.new_bucket(), f"fdnix-{uuid4().hex[:8]}"
    order = PublishOrder(
        store=f"s3://{bucket}",
        files=files,
        region=REGION,
        release="nixos-16.09",
        layer=LayerOrder(layer=layer, path=files[1].path, runtimes=("python3.13",)),
    )
    for _ in range(2):
        run = await _published(engine, order)
        assert (run.state, run.counts) == (RunState.COMPLETED, {"files_published": 2, "layers_published": 1})
    keys = [found["Key"] for found in in_aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert len(keys) == 2 + 2 * 2 + 1
    [version] = in_aws.client("lambda").list_layer_versions(LayerName=layer)["LayerVersions"]
    assert (version["Version"], version["Description"]) == (1, "nixos-16.09")


async def test_a_layer_needs_a_bucket(engine: Kodit, files: tuple[FileToPublish, ...], tmp_path: Path) -> None:
    order = PublishOrder(
        store=str(tmp_path / "artifacts"), files=(), release="1", layer=LayerOrder(layer="x", path=files[1].path)
    )
    run = await _published(engine, order)
    assert run.state is RunState.FAILED
    assert "by way of a bucket" in await _failure(engine, run)


async def test_a_bucket_that_does_not_exist_is_told_and_not_tried_again(
    engine: Kodit, files: tuple[FileToPublish, ...], in_aws: MotoServer
) -> None:
    run = await _published(engine, PublishOrder(store="s3://nobodys-bucket", files=files, region=REGION, release="1"))
    assert run.state is RunState.FAILED
    assert "NoSuchBucket" in await _failure(engine, run)


async def test_what_failed_on_the_way_is_tried_again_and_ends_as_if_nothing_had_happened(
    engine: Kodit, files: tuple[FileToPublish, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(FolderObjectStore):
        async def write(self, key: str, content: bytes, **terms: Any) -> Any:
            if key.endswith("latest.json") and not failed:
                failed.append(key)
                raise Unavailable("the store does not answer")
            return await super().write(key, content, **terms)

    failed: list[str] = []
    store = tmp_path / "artifacts"
    monkeypatch.setattr(artifact_choices, "opened_store", lambda location, region: Failing(Path(location)))
    run = await _published(engine, PublishOrder(store=str(store), files=files, release="1"))
    assert failed == ["snapshots/latest.json"]
    assert run.state is RunState.COMPLETED
    assert len([*store.rglob("*.duckdb")]) == 4


@pytest.mark.parametrize(
    "payload", [{}, {"publish": 3}, {"publish": {}}, {"publish": {"files": [{}], "layer": None, "store": "/x"}}]
)
def test_a_payload_without_an_order_is_refused(payload: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        PublishOrder.of(payload)


def test_an_order_survives_the_queue() -> None:
    order = PublishOrder(
        store="s3://bucket",
        files=(FileToPublish("/a", "a"),),
        region="eu-west-1",
        snapshots=False,
        layer=LayerOrder(layer="x", path="/a", runtimes=("python3.13",), architectures=("arm64",)),
    )
    assert PublishOrder.of(order.payload) == order
    assert PublishOrder.of(replace(order, layer=None).payload) == replace(order, layer=None)


def test_a_release_is_called_by_its_name_or_its_commit_or_its_day() -> None:
    manifest = partial(
        ArtifactManifest,
        form=ArtifactForm.FULL,
        built_at=datetime(2026, 1, 31, tzinfo=UTC),
        kodit="1",
        duckdb="1",
        embedded=0,
        tables=(),
    )
    origin = Origin(contents=ArtifactContents.PACKAGES, source="x", location="/x")
    named = replace(origin, release="a" * 40, release_name="nixos-16.09")
    assert release_of(manifest(origin=named)) == "nixos-16.09"
    assert release_of(manifest(origin=replace(named, release_name=None))) == "a" * 12
    assert release_of(manifest(origin=origin)) == "2026-01-31"


def test_publishing_has_a_number_of_its_own() -> None:
    assert {phase.type for phase in PUBLICATION} == {TaskType.PUBLISH}
