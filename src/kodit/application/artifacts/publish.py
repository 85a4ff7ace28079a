"""PUBLISH: bring artifacts to where others fetch them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from kodit.application.artifacts.publish_order import PublishOrder
from kodit.application.artifacts.publishing import Download, Publishing
from kodit.application.tasks.work import Work
from kodit.domain.artifacts.artifact import ArtifactManifest
from kodit.domain.artifacts.layer import LayerPublisher
from kodit.domain.artifacts.object_store import ObjectStore
from kodit.domain.artifacts.ports import OpenArtifact
from kodit.domain.artifacts.publication import FileToPublish
from kodit.domain.errors import Conflict, InvalidInput, PermanentError
from kodit.domain.tasks.policy import Done, Outcome, Retry
from kodit.domain.tasks.progress import TaskOperation

OpenStore = Callable[[str, str | None], ObjectStore]
"""The store at a location, in a region. Raises InvalidInput for what is none."""

OpenLayerPublisher = Callable[[str | None, str], LayerPublisher]
"""What publishes layers in a region by way of a store's location."""

CONTESTED = timedelta(seconds=5)
"""How long the others have who publish at the same time."""

COMMIT_LENGTH = 12
"""Signs of a commit or digest that tell it from others."""


async def publish(
    work: Work,
    *,
    open_store: OpenStore,
    open_layer_publisher: OpenLayerPublisher,
    open_artifact: OpenArtifact,
    download: Download,
    now: Callable[[], datetime],
) -> Outcome:
    """Store the files and move the pointer; then publish the layer, if one is wanted."""
    order = PublishOrder.of(work.payload)
    release = order.release or await _release(order, open_artifact)
    publishing = Publishing(store=open_store(order.store, order.region), download=download, now=now)
    counts = {"files_published": len(order.files)}
    async with work.progress.step(TaskOperation.STORE_FILES, total=len(order.files)) as step:
        try:
            if order.files and order.snapshots:
                files = [await with_contents(file, open_artifact) for file in order.files]
                standing = await publishing.standing(files, release)
                if standing:
                    await step.skip(f"{release} lies there already: {', '.join(file.snapshot for file in standing)}")
                    counts = {"files_published": 0, "files_unchanged": len(standing)}
                await publishing.publish(files, release, latest=order.latest, standing=standing)
            else:
                await publishing.replace(order.files)
        except Conflict as error:
            return Retry(str(error), kind="Conflict", after=CONTESTED, remedy=error.remedy)
    if order.layer is None:
        return Done(counts)
    async with work.progress.step(TaskOperation.PUBLISH_LAYER):
        publisher = open_layer_publisher(order.region, order.store)
        await publisher.publish(order.layer.parsed(), order.layer.path, order.layer.terms(release))
    return Done({**counts, "layers_published": 1})


async def _release(order: PublishOrder, open_artifact: OpenArtifact) -> str:
    paths = [*(file.path for file in order.files), *([order.layer.path] if order.layer else [])]
    if not paths:
        raise InvalidInput("the task does not say what is to be published")
    async with open_artifact(paths[0]) as artifact:
        return release_of(artifact.manifest)


async def with_contents(file: FileToPublish, open_artifact: OpenArtifact) -> FileToPublish:
    """The file with the digest of what it says, if it is an artifact."""
    try:
        async with open_artifact(file.path) as artifact:
            return replace(file, contents=artifact.manifest.digest)
    except PermanentError:
        return file


def release_of(manifest: ArtifactManifest) -> str:
    """What the release of an artifact is called by: its name, or its commit, or else the day when it was built."""
    origin = manifest.origin
    return origin.release_name or (origin.release or "")[:COMMIT_LENGTH] or manifest.built_at.date().isoformat()
