"""What publishing a layer promises, with AWS's own client and a server on loopback.

The server takes anything for a ZIP and an ARN for a name, so what it was sent is looked at here.
"""

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest

from kodit.domain.artifacts.layer import UNZIPPED_LIMIT, Layer, LayerPublisher, LayerTerms
from kodit.domain.errors import InvalidInput, NotFound, Refused
from kodit.infrastructure.aws.layer_publisher import LambdaLayerPublisher
from kodit.infrastructure.aws.object_store import S3ObjectStore
from moto_server import ACCOUNT, REGION, MotoServer, moto_server


@pytest.fixture(scope="module")
def aws() -> Iterator[MotoServer]:
    with moto_server() as server:
        yield server


@pytest.fixture
def bucket(aws: MotoServer) -> str:
    return aws.new_bucket()


@pytest.fixture(params=["in the request", "by way of S3"])
def publisher(
    request: pytest.FixtureRequest, aws: MotoServer, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> LayerPublisher:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    return LambdaLayerPublisher(REGION, bucket, direct=10**9 if request.param == "in the request" else 0)


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "fdnix.duckdb"
    path.write_bytes(os.urandom(1000) + bytes(10_000))
    return str(path)


@pytest.fixture
def layer() -> Layer:
    return Layer(f"fdnix-{uuid4().hex[:12]}")


def _versions(aws: MotoServer, layer: Layer) -> Sequence[Any]:
    return aws.client("lambda").list_layer_versions(LayerName=layer.name)["LayerVersions"]


def _sent(layer: Layer, number: int) -> bytes:
    """What the server was sent as a ZIP."""
    from moto.awslambda.models import lambda_backends

    return lambda_backends[ACCOUNT][REGION]._layers._layers[layer.name].layer_versions[str(number)].code_bytes


async def test_the_database_lies_where_functions_look_for_it(
    publisher: LayerPublisher, layer: Layer, database: str
) -> None:
    version = await publisher.publish(layer, database, LayerTerms())
    assert version.arn == f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{layer.name}:1"
    with ZipFile(io.BytesIO(_sent(layer, version.number))) as archive:
        [entry] = archive.infolist()
        assert entry.filename == "fdnix/fdnix.duckdb"
        assert entry.external_attr >> 16 == 0o100644
        assert archive.read(entry) == Path(database).read_bytes()
    assert version.size == len(_sent(layer, version.number))


async def test_nothing_is_left_in_the_bucket(
    publisher: LayerPublisher, layer: Layer, database: str, aws: MotoServer, bucket: str
) -> None:
    await publisher.publish(layer, database, LayerTerms())
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=bucket)


async def test_who_may_not_delete_can_publish(
    layer: Layer, database: str, aws: MotoServer, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(self: S3ObjectStore, key: str) -> None:
        raise Refused("you may not delete")

    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(S3ObjectStore, "delete", refused)
    version = await LambdaLayerPublisher(REGION, bucket, direct=0).publish(layer, database, LayerTerms())
    assert version.number == 1


async def test_what_is_said_of_it_is_shown(
    publisher: LayerPublisher, layer: Layer, database: str, aws: MotoServer
) -> None:
    said = LayerTerms(description="nixos-16.09 " * 50, runtimes=("python3.13",), architectures=("arm64",))
    await publisher.publish(layer, database, said)
    [version] = _versions(aws, layer)
    assert version["Description"] == said.description[:256]
    assert version["CompatibleRuntimes"] == ["python3.13"]
    assert version["CompatibleArchitectures"] == ["arm64"]


async def test_the_same_database_is_published_once_however_often_it_is_tried(
    publisher: LayerPublisher, layer: Layer, database: str, aws: MotoServer
) -> None:
    first = await publisher.publish(layer, database, LayerTerms())
    os.utime(database, (1, 1))
    assert await publisher.publish(layer, database, LayerTerms()) == first
    Path(database).write_bytes(b"another")
    assert (await publisher.publish(layer, database, LayerTerms())).number == 2
    assert len(_versions(aws, layer)) == 2


async def test_an_arn_names_the_layer_that_its_end_says(
    publisher: LayerPublisher, layer: Layer, database: str, aws: MotoServer
) -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{layer.name}"
    version = await publisher.publish(Layer.parsed(arn), database, LayerTerms())
    assert version.arn == f"{arn}:1"
    assert [found["Version"] for found in _versions(aws, layer)] == [1]


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:", "lies in us-east-1"),
        (f"arn:aws:lambda:{REGION}:999999999999:layer:", "belongs to account 999999999999"),
    ],
)
async def test_a_layer_that_is_elsewhere_is_refused_before_anything_is_sent(
    publisher: LayerPublisher, layer: Layer, database: str, aws: MotoServer, arn: str, told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        await publisher.publish(Layer.parsed(f"{arn}{layer.name}"), database, LayerTerms())
    assert _versions(aws, layer) == []


async def test_what_is_too_large_is_refused_before_anything_is_sent(
    publisher: LayerPublisher, layer: Layer, database: str, aws: MotoServer
) -> None:
    os.truncate(database, UNZIPPED_LIMIT + 1)
    with pytest.raises(InvalidInput, match="262,144,001 bytes"):
        await publisher.publish(layer, database, LayerTerms())
    assert _versions(aws, layer) == []


async def test_there_is_nothing_to_publish_where_there_is_no_file(publisher: LayerPublisher, layer: Layer) -> None:
    with pytest.raises(NotFound):
        await publisher.publish(layer, "/nowhere/fdnix.duckdb", LayerTerms())
