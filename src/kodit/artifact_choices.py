"""Which adapter a place for artifacts stands for. Only the chosen one is imported."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kodit.domain.artifacts.layer import LayerPublisher
from kodit.domain.artifacts.object_store import ObjectStore
from kodit.domain.artifacts.store_location import StoreLocation
from kodit.domain.errors import InvalidInput

if TYPE_CHECKING:
    from kodit.application.artifacts.artifact_files import ArtifactFiles
    from kodit.application.artifacts.nixpkgs_job import NixpkgsJob
    from kodit.application.artifacts.publishing import Publishing
    from kodit.application.engine import Kodit
    from kodit.settings import Settings


def opened_store(location: str, region: str | None = None) -> ObjectStore:
    """Where artifacts are kept: a bucket, or a folder. Raises InvalidInput for what is neither."""
    place = StoreLocation.parsed(location)
    if place.bucket is not None:
        from kodit.infrastructure.aws.object_store import S3ObjectStore

        return S3ObjectStore(place.bucket, region, prefix=place.prefix)
    from kodit.infrastructure.filesystem.object_store import FolderObjectStore

    return FolderObjectStore(Path(place.folder or ""))


def opened_layer_publisher(region: str | None, location: str) -> LayerPublisher:
    """What publishes layers, by way of the bucket where artifacts are kept. Raises InvalidInput where that is none."""
    from kodit.infrastructure.aws.layer_publisher import LambdaLayerPublisher

    bucket = StoreLocation.parsed(location).bucket
    if bucket is None:
        raise InvalidInput("a Lambda layer is published by way of a bucket of S3", remedy="have artifacts kept in one")
    return LambdaLayerPublisher(region, bucket)


def passing_directory() -> AbstractContextManager[Path]:
    """A data directory for one job, which is gone when the job is, however it ends."""
    from kodit.infrastructure.processes.passing_directory import passing_directory as opened

    return opened()


def artifact_files(settings: "Settings") -> "ArtifactFiles":
    """What asks artifacts, and makes others from them, without a data directory."""
    from kodit.application.artifacts.artifact_files import ArtifactFiles
    from kodit.choices import chosen_artifact_writer, chosen_embedder
    from kodit.infrastructure.duckdb.artifact_reader import opened_artifact

    return ArtifactFiles(
        open_artifact=opened_artifact,
        writer=lambda: chosen_artifact_writer(settings),
        embedder=lambda: chosen_embedder(settings),
    )


def publishing_services() -> Mapping[str, Any]:
    """What PUBLISH needs, by name."""
    from kodit.infrastructure.duckdb.artifact_reader import opened_artifact
    from kodit.infrastructure.filesystem.object_files import downloaded

    return {
        "open_store": opened_store,
        "open_layer_publisher": opened_layer_publisher,
        "open_artifact": opened_artifact,
        "download": downloaded,
    }


def publishing_to(store: ObjectStore) -> "Publishing":
    """What publishes to a store, and fetches from it."""
    from kodit.application.artifacts.publishing import Publishing
    from kodit.infrastructure import clock
    from kodit.infrastructure.filesystem.object_files import downloaded

    return Publishing(store=store, download=downloaded, now=clock.now)


def nixpkgs_job(engine: "Kodit") -> "NixpkgsJob":
    """What makes artifacts of nixpkgs in an engine's data directory."""
    from kodit.application.artifacts.nixpkgs_job import NixpkgsJob
    from kodit.infrastructure.duckdb.artifact_reader import opened_artifact

    async def is_there(path: str) -> bool:
        return await asyncio.to_thread(Path(path).is_file)

    return NixpkgsJob(
        channels=engine.channels,
        queue=engine.queue,
        working_off=engine.working_off,
        writer=engine.artifacts.writer,
        open_artifact=opened_artifact,
        open_store=opened_store,
        publishing=publishing_to,
        is_there=is_there,
    )
