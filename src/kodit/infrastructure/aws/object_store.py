"""An object store in a bucket of S3, or of anything that speaks its protocol."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from kodit.domain.artifacts.object_store import Expected, StoredObject, checked_key
from kodit.domain.errors import Conflict, KoditError, NotFound
from kodit.infrastructure.aws.clients import LazyClient
from kodit.infrastructure.aws.failures import in_thread

PART = 16 * 1024 * 1024
"""Bytes of one part of an upload. S3 takes 5 MiB to 5 GiB; this much is quickly sent again when it fails."""

PARTS = 10_000
"""Most parts of one upload; "Multipart upload limits" of Amazon S3's guide."""

CHUNK = 1024 * 1024
"""Bytes that are read at a time."""

DIGEST = "sha256"
"""Under which name an object's metadata has the digest of its content: a checksum of S3's own covers only parts."""


class S3ObjectStore:
    """Implements ObjectStore with a bucket; every key has `prefix` in front.

    What is larger than `part` bytes is sent in parts of at least this size, and is there only when all are. Every
    request carries the SHA-256 of what it sends, which S3 compares.
    """

    def __init__(self, bucket: str, region: str | None = None, *, prefix: str = "", part: int = PART) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._part = part
        self._client = LazyClient("s3", region)

    async def put(self, key: str, path: str, *, expected: Expected | None = None) -> StoredObject:
        """See the port."""
        size, digest = await asyncio.to_thread(_measured, path)
        if same := await self._same(key, digest, expected):
            return same
        if size <= self._part:
            content = await asyncio.to_thread(_content, path)
            if content.digest.hex() != digest:
                raise Conflict(f"{path} changed while it was stored")
            return await self._send(key, content, expected)
        return await self._send_parts(key, path, size, digest, expected)

    async def write(self, key: str, content: bytes, *, expected: Expected | None = None) -> StoredObject:
        """See the port."""
        written = await asyncio.to_thread(_Content.of, content)
        return await self._same(key, written.digest.hex(), expected) or await self._send(key, written, expected)

    async def head(self, key: str) -> StoredObject:
        """See the port."""
        answer = await self._ask(f"look at {key}", "head_object", Key=self._named(key))
        digest = answer.get("Metadata", {}).get(DIGEST)
        return StoredObject(key=key, size=answer["ContentLength"], etag=answer["ETag"], sha256=digest)

    async def read(self, stored: StoredObject, *, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """See the port."""
        what = f"read {stored.key}"
        if offset >= stored.size:
            return
        answer = await self._ask(
            what, "get_object", Key=self._named(stored.key), IfMatch=stored.etag, Range=f"bytes={offset}-"
        )
        body = answer["Body"]
        try:
            while chunk := await in_thread(what, lambda: body.read(CHUNK)):
                yield chunk
        finally:
            body.close()

    async def listed(self, prefix: str = "") -> AsyncGenerator[StoredObject, None]:
        """See the port."""
        more: dict[str, str] = {}
        while True:
            page = await self._ask("list what is stored", "list_objects_v2", Prefix=self._prefix + prefix, **more)
            for found in page.get("Contents", ()):
                key = found["Key"].removeprefix(self._prefix)
                yield StoredObject(key=key, size=found["Size"], etag=found["ETag"])
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def copy(self, source: StoredObject, key: str) -> StoredObject:
        """See the port. S3 copies up to 5 GiB at once, and nothing that is larger is an artifact."""
        if source.sha256 is not None and (same := await self._same(key, source.sha256, None)):
            return same
        if (await self.head(source.key)).etag != source.etag:
            raise Conflict(f"{source.key} has changed meanwhile")
        await self._ask(
            f"copy {source.key}",
            "copy_object",
            Key=self._named(key),
            CopySource={"Bucket": self._bucket, "Key": self._named(source.key)},
            CopySourceIfMatch=source.etag,
        )
        return await self.head(key)

    async def delete(self, key: str) -> None:
        """See the port."""
        await self._ask(f"delete {key}", "delete_object", Key=self._named(key))

    async def sweep(self, names: Collection[str], *, before: datetime) -> int:
        """See the port."""
        swept = 0
        more: dict[str, str] = {}
        while True:
            page = await self._ask("list uploads", "list_multipart_uploads", Prefix=self._prefix, **more)
            for upload in page.get("Uploads", ()):
                if upload["Initiated"] < before and upload["Key"].rpartition("/")[2] in names:
                    await self._abort(upload["Key"], upload["UploadId"])
                    swept += 1
            if not page.get("IsTruncated"):
                return swept
            more = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def _named(self, key: str) -> str:
        return self._prefix + checked_key(key)

    async def _ask(self, what: str, operation: str, **arguments: Any) -> Any:
        """One question to S3."""
        return await in_thread(
            f"{what} in {self._bucket}", lambda: getattr(self._client(), operation)(Bucket=self._bucket, **arguments)
        )

    async def _same(self, key: str, digest: str, expected: Expected | None) -> StoredObject | None:
        """What lies there, where it has this digest. Raises Conflict early where it is not what was expected."""
        try:
            there = await self.head(key)
        except NotFound:
            there = None
        if there is not None and there.sha256 == digest:
            return there
        if expected is not None and (there.etag if there else None) != expected.etag:
            raise Conflict(f"{key} is not as it was expected to be")
        return None

    async def _send(self, key: str, content: "_Content", expected: Expected | None) -> StoredObject:
        digest = content.digest.hex()
        answer = await self._ask(
            f"store {key}",
            "put_object",
            Key=self._named(key),
            Body=content.body,
            ChecksumSHA256=content.checksum,
            Metadata={DIGEST: digest},
            **_condition(expected),
        )
        return StoredObject(key=key, size=len(content.body), etag=answer["ETag"], sha256=digest)

    async def _send_parts(self, key: str, path: str, size: int, digest: str, expected: Expected | None) -> StoredObject:
        named = self._named(key)
        begun = await self._ask(
            f"store {key}",
            "create_multipart_upload",
            Key=named,
            ChecksumAlgorithm="SHA256",
            Metadata={DIGEST: digest},
        )
        upload = begun["UploadId"]
        try:
            parts = await self._sent(named, upload, path, size, digest)
            answer = await self._ask(
                f"store {key}",
                "complete_multipart_upload",
                Key=named,
                UploadId=upload,
                MultipartUpload={"Parts": parts},
                **_condition(expected),
            )
        except BaseException:
            # Parts are paid for until they are taken away; what cannot be done now is done by a later sweep.
            await asyncio.shield(self._abort(named, upload))
            raise
        return StoredObject(key=key, size=size, etag=answer["ETag"], sha256=digest)

    async def _sent(self, named: str, upload: str, path: str, size: int, digest: str) -> list[dict[str, Any]]:
        length = max(self._part, -(-size // PARTS))
        whole, parts = sha256(), []
        for number, start in enumerate(range(0, size, length), start=1):
            content = await asyncio.to_thread(_content, path, start, length)
            await asyncio.to_thread(whole.update, content.body)
            part = {"PartNumber": number, "ChecksumSHA256": content.checksum}
            what = f"store part {number} of {path}"
            answer = await self._ask(what, "upload_part", Key=named, UploadId=upload, Body=content.body, **part)
            parts.append({**part, "ETag": answer["ETag"]})
        if whole.hexdigest() != digest:
            raise Conflict(f"{path} changed while it was stored")
        return parts

    async def _abort(self, named: str, upload: str) -> None:
        with suppress(KoditError):
            await self._ask("give up an upload", "abort_multipart_upload", Key=named, UploadId=upload)


def _measured(path: str) -> tuple[int, str]:
    """A file's size in bytes, and its digest. Raises NotFound."""
    try:
        with Path(path).open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            return file.tell(), digest
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {path}") from error


@dataclass(frozen=True, slots=True)
class _Content:
    """Bytes that are sent, and their SHA-256."""

    body: bytes
    digest: bytes

    @classmethod
    def of(cls, body: bytes) -> "_Content":
        """Of megabytes, this belongs into a thread."""
        return cls(body, sha256(body).digest())

    @property
    def checksum(self) -> str:
        """The digest as S3 compares it."""
        return b64encode(self.digest).decode()


def _content(path: str, start: int = 0, length: int = -1) -> _Content:
    with Path(path).open("rb") as file:
        file.seek(start)
        return _Content.of(file.read(length))


def _condition(expected: Expected | None) -> dict[str, str]:
    if expected is None:
        return {}
    return {"IfNoneMatch": "*"} if expected.etag is None else {"IfMatch": expected.etag}
