"""Publishes layers by AWS Lambda's own API."""

import asyncio
import os
from base64 import b64decode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from kodit.domain.artifacts.layer import DIRECT_LIMIT, PLACE, Layer, LayerTerms, LayerVersion, checked_size
from kodit.domain.errors import BadAnswer, InvalidInput, KoditError, NotFound
from kodit.infrastructure.aws.clients import LazyClient
from kodit.infrastructure.aws.failures import in_thread, room_for
from kodit.infrastructure.aws.object_store import S3ObjectStore

DESCRIPTION = 256
"""Characters of a description; `PublishLayerVersion` of Lambda's API."""

VERSIONS = 50
"""Versions in the first page of a list, which has the newest; `ListLayerVersions` of Lambda's API."""

CHUNK = 1024 * 1024
"""Bytes that are packed at a time."""


class LambdaLayerPublisher:
    """Implements LayerPublisher. A ZIP of more than `direct` bytes is fetched by Lambda from the bucket."""

    def __init__(self, region: str | None, bucket: str, *, direct: int = DIRECT_LIMIT) -> None:
        self._region = region
        self._bucket = bucket
        self._direct = direct
        self._store = S3ObjectStore(bucket, region)
        self._client = LazyClient("lambda", region)

    async def publish(self, layer: Layer, database: str, terms: LayerTerms) -> LayerVersion:
        """See the port."""
        layer.must_lie_in(self._region)
        await asyncio.to_thread(_checked, database)
        await self._checked_account(layer)
        with TemporaryDirectory(prefix="kodit-layer-") as directory:
            path = str(Path(directory, "layer.zip"))
            size, digest = await asyncio.to_thread(_packed, database, path)
            newest = await self._newest(layer)
            if newest is not None and newest.sha256 == digest:
                return newest
            return await self._published(layer, path, (size, digest), terms)

    async def _checked_account(self, layer: Layer) -> None:
        if layer.account is None:
            return
        sts = LazyClient("sts", self._region)
        caller = await in_thread("ask whose account this is", lambda: sts().get_caller_identity())
        if caller["Account"] != layer.account:
            raise InvalidInput(
                f"layer {layer.name} belongs to account {layer.account}, and the credentials to {caller['Account']}",
                remedy="use credentials of that account, or give the layer's name alone",
            )

    async def _newest(self, layer: Layer) -> LayerVersion | None:
        try:
            listed = await self._ask(layer, "list_layer_versions", MaxItems=VERSIONS)
            versions = [version["Version"] for version in listed["LayerVersions"]]
            return (
                _version(await self._ask(layer, "get_layer_version", VersionNumber=max(versions))) if versions else None
            )
        except NotFound:
            return None

    async def _published(self, layer: Layer, path: str, packed: tuple[int, str], terms: LayerTerms) -> LayerVersion:
        size, digest = packed
        if size <= self._direct:
            content: dict[str, Any] = {"ZipFile": await asyncio.to_thread(Path(path).read_bytes)}
            return await self._compared(layer, content, packed, terms)
        key = f"layers/{layer.name}/{digest}.zip"
        await self._store.put(key, path)
        try:
            return await self._compared(layer, {"S3Bucket": self._bucket, "S3Key": key}, packed, terms)
        finally:
            # Lambda has a copy of its own. Who may write need not be allowed to delete.
            with suppress(KoditError):
                await self._store.delete(key)

    async def _compared(
        self, layer: Layer, content: dict[str, Any], packed: tuple[int, str], terms: LayerTerms
    ) -> LayerVersion:
        """Publish, and see that Lambda has what was packed; what it has otherwise is taken away again."""
        optional = {"CompatibleRuntimes": terms.runtimes, "CompatibleArchitectures": terms.architectures}
        given = {name: list(values) for name, values in optional.items() if values}
        description = terms.description[:DESCRIPTION]
        answer = await self._ask(layer, "publish_layer_version", Content=content, Description=description, **given)
        version = _version(answer)
        if (version.size, version.sha256) != packed:
            await self._ask(layer, "delete_layer_version", VersionNumber=version.number)
            raise BadAnswer(f"layer {layer.name} was published as something else than what was sent")
        return version

    async def _ask(self, layer: Layer, operation: str, **arguments: Any) -> Any:
        return await in_thread(
            f"publish layer {layer.name}",
            lambda: getattr(self._client(), operation)(LayerName=layer.name, **arguments),
        )


def _version(answer: Any) -> LayerVersion:
    content = answer["Content"]
    digest = b64decode(content["CodeSha256"]).hex()
    return LayerVersion(
        arn=answer["LayerVersionArn"], number=answer["Version"], size=content["CodeSize"], sha256=digest
    )


def _checked(database: str) -> None:
    try:
        checked_size(Path(database).stat().st_size)
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {database}") from error


def _packed(database: str, path: str) -> tuple[int, str]:
    """Write the ZIP; gives its size in bytes and its digest. The same database makes the same ZIP at any time."""
    with (
        room_for(f"the ZIP at {path}"),
        Path(database).open("rb") as source,
        ZipFile(path, "w", ZIP_DEFLATED) as archive,
    ):
        _pack(source, archive)
    _reread(path, database)
    with Path(path).open("rb") as file:
        return Path(path).stat().st_size, _digest(file)


def _pack(source: IO[bytes], archive: ZipFile) -> None:
    entry = ZipInfo(PLACE)
    entry.compress_type = ZIP_DEFLATED
    # Everybody may read it, as the function runs as some user of Lambda's own.
    entry.external_attr = 0o100644 << 16
    # Told in advance, so that the entry has long sizes where it needs them.
    entry.file_size = os.fstat(source.fileno()).st_size
    with archive.open(entry, "w") as target:
        copyfileobj(source, target, CHUNK)


def _digest(file: IO[bytes]) -> str:
    digest = sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _reread(path: str, database: str) -> None:
    """See that the ZIP is one, and has the database and nothing else. Raises BadAnswer."""
    try:
        with ZipFile(path) as archive, Path(database).open("rb") as source:
            names = archive.namelist()
            with archive.open(PLACE) as packed:
                same = _digest(packed) == _digest(source)
    except (BadZipFile, KeyError) as error:
        raise BadAnswer(f"the ZIP for {database} cannot be read: {error}") from error
    if names != [PLACE] or not same:
        raise BadAnswer(f"{database} changed while it was packed", remedy="try again when nobody writes to it")
