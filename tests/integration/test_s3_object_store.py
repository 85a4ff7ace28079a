"""What only S3 has: pages, parts, uploads that nobody ended, and many ways to say no."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kodit.domain.artifacts.object_store import NOTHING_THERE
from kodit.domain.errors import (
    Conflict,
    InvalidInput,
    KoditError,
    NotFound,
    PermanentError,
    RateLimited,
    Refused,
    TransientError,
    Unavailable,
)
from kodit.infrastructure.aws.object_store import S3ObjectStore
from moto_server import ACCOUNT, REGION, MotoServer, moto_server

PART = 5 * 1024 * 1024
LATER = datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[MotoServer]:
    with moto_server() as running:
        yield running


@pytest.fixture
def aws(server: MotoServer, monkeypatch: pytest.MonkeyPatch) -> MotoServer:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture
def bucket(aws: MotoServer) -> str:
    return aws.new_bucket()


@pytest.fixture
def store(bucket: str) -> S3ObjectStore:
    return S3ObjectStore(bucket, REGION, part=PART)


def _uploads(aws: MotoServer, bucket: str) -> Any:
    return aws.client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", [])


async def test_a_list_of_many_pages_is_one_list(aws: MotoServer, bucket: str, store: S3ObjectStore) -> None:
    from moto.s3.models import s3_backends

    backend = s3_backends[ACCOUNT]["aws"]
    for number in range(1001):
        backend.put_object(bucket, f"key{number:04}", b"")
    assert [stored.key async for stored in store.listed()] == [f"key{number:04}" for number in range(1001)]


async def test_an_upload_that_is_given_up_leaves_nothing_to_pay_for(
    aws: MotoServer, bucket: str, store: S3ObjectStore, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(PART + 1))
    started = asyncio.Event()
    ask = store._ask

    async def held(what: str, operation: str, **arguments: Any) -> Any:
        if operation == "upload_part":
            started.set()
            await asyncio.Event().wait()
        return await ask(what, operation, **arguments)

    store._ask = held  # type: ignore[method-assign]
    putting = asyncio.create_task(store.put("key", str(path)))
    await started.wait()
    assert len(_uploads(aws, bucket)) == 1
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert _uploads(aws, bucket) == []
    with pytest.raises(NotFound):
        await store.head("key")


async def test_uploads_that_nobody_ended_are_swept_when_they_are_old_and_ours(
    aws: MotoServer, bucket: str, store: S3ObjectStore
) -> None:
    client = aws.client("s3")
    for number in range(3):
        client.create_multipart_upload(Bucket=bucket, Key=f"somewhere/key{number}")
    names = ["key1", "key2"]
    assert await store.sweep(names, before=datetime.fromtimestamp(0, UTC) + timedelta(days=1)) == 0
    assert await store.sweep(names, before=LATER) == 2
    [left] = _uploads(aws, bucket)
    assert left["Key"] == "somewhere/key0"


async def test_a_large_file_is_sent_in_parts_with_their_checksums(
    aws: MotoServer, bucket: str, store: S3ObjectStore, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(2 * PART + 1))
    put = await store.put("key", str(path))
    assert put.etag.strip('"').endswith("-3")
    assert aws.client("s3").head_object(Bucket=bucket, Key="key")["Metadata"] == {"sha256": put.sha256}


async def test_what_others_have_put_there_is_read_as_well(aws: MotoServer, bucket: str, store: S3ObjectStore) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="key", Body=b"by somebody else")
    stored = await store.head("key")
    assert stored.sha256 is None
    assert b"".join([chunk async for chunk in store.read(stored)]) == b"by somebody else"
    assert (await store.write("key", b"by somebody else")).sha256 is not None


async def test_a_bucket_that_does_not_exist_is_not_found(aws: MotoServer, tmp_path: Path) -> None:
    store = S3ObjectStore("nobodys-bucket", REGION)
    for asked in (store.write("key", b""), store.head("key"), store.sweep([], before=LATER), anext(store.listed())):
        with pytest.raises(NotFound):
            await asked


@contextmanager
def _answering(status: int, code: str) -> Iterator[str]:
    """A server that says no to everything, in the same words."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = f"<Error><Code>{code}</Code><Message>so it is</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            # Without it, the client would ask for it.
            self.send_header("x-amz-bucket-region", "us-east-1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDenied", Refused),
        (403, "SignatureDoesNotMatch", Refused),
        (400, "ExpiredToken", Refused),
        (404, "NoSuchBucket", NotFound),
        (409, "ConditionalRequestConflict", Conflict),
        (412, "PreconditionFailed", Conflict),
        (503, "SlowDown", RateLimited),
        (500, "InternalError", Unavailable),
        (400, "BadDigest", Unavailable),
        (400, "RequestTimeout", Unavailable),
        (502, "NobodyKnows", Unavailable),
        (301, "PermanentRedirect", InvalidInput),
        (400, "InvalidBucketName", InvalidInput),
        (418, "NobodyKnows", InvalidInput),
    ],
)
async def test_each_answer_is_the_error_that_it_means(
    status: int, code: str, kind: type[KoditError], aws: MotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with _answering(status, code) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        store = S3ObjectStore("bucket", REGION)
        with pytest.raises(kind) as told:
            await anext(store.listed())
    assert type(told.value) is kind
    assert "bucket" in str(told.value)
    assert "so it is" in str(told.value)
    assert isinstance(told.value, TransientError) != isinstance(told.value, PermanentError)


async def test_where_nobody_answers_it_is_unavailable(aws: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with _answering(200, "") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    with pytest.raises(Unavailable):
        await anext(S3ObjectStore("bucket", REGION).listed())


@pytest.mark.parametrize("said", ["many", "0", "-1", "1.5", "٣", "1" * 5000])
async def test_a_number_of_attempts_that_makes_no_sense_is_told_of(
    said: str, aws: MotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", said)
    with pytest.raises(InvalidInput, match="AWS_MAX_ATTEMPTS is") as told:
        await S3ObjectStore("bucket", REGION).head("key")
    assert told.value.remedy


async def test_without_credentials_it_is_said_how_they_are_given(
    aws: MotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Refused) as told:
        await S3ObjectStore("bucket", REGION).head("key")
    assert "credentials" in (told.value.remedy or "")


@pytest.mark.parametrize("missing", ["boto3", "botocore"])
def test_without_the_library_it_is_said_what_to_install(missing: str) -> None:
    program = f"""
import asyncio, sys
sys.modules["{missing}"] = None
from kodit.artifact_choices import opened_store
from kodit.domain.errors import InvalidInput
try:
    asyncio.run(opened_store("s3://bucket").head("key"))
except InvalidInput as error:
    print(error.remedy)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.stdout == "pip install 'kodit[aws]'\n", ended.stderr


async def test_of_two_who_write_at_the_same_time_s3_itself_refuses_one(
    aws: MotoServer, bucket: str, store: S3ObjectStore
) -> None:
    """Each has seen that nothing lies there before either writes."""
    seen = asyncio.Barrier(2)
    send = store._send

    async def together(*arguments: Any) -> Any:
        await seen.wait()
        return await send(*arguments)

    store._send = together  # type: ignore[method-assign]
    tried = [store.write("latest", content, expected=NOTHING_THERE) for content in (b"one", b"two")]
    results = await asyncio.gather(*tried, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "StoredObject"]
