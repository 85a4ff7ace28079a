"""What every object store promises: a folder, a bucket, and the twin in memory."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from kodit.domain.artifacts.object_store import NOTHING_THERE, Expected, ObjectStore, StoredObject
from kodit.domain.errors import Conflict, InvalidInput, NotFound
from kodit.infrastructure.aws.object_store import S3ObjectStore
from kodit.infrastructure.filesystem.object_files import downloaded
from kodit.infrastructure.filesystem.object_store import FolderObjectStore
from kodit.infrastructure.memory.object_store import MemoryObjectStore
from moto_server import REGION, MotoServer, moto_server

SMALLEST_PART = 5 * 1024 * 1024
"""What S3 takes for a part, at least."""

LATER = datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def aws() -> Iterator[MotoServer]:
    with moto_server() as server:
        yield server


@pytest.fixture(params=["memory", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    if request.param == "memory":
        return MemoryObjectStore()
    if request.param == "folder":
        return FolderObjectStore(tmp_path / "artifacts")
    aws: MotoServer = request.getfixturevalue("aws")
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    # Without a prefix it is asked in tests/integration/test_s3_object_store.py.
    return S3ObjectStore(aws.new_bucket(), REGION, prefix="below/this/", part=SMALLEST_PART)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"some content")
    return path


async def _content(store: ObjectStore, stored: StoredObject, offset: int = 0) -> bytes:
    return b"".join([chunk async for chunk in store.read(stored, offset=offset)])


async def _keys(store: ObjectStore, prefix: str = "") -> Sequence[str]:
    return [stored.key async for stored in store.listed(prefix)]


@pytest.mark.parametrize("size", [0, 1, SMALLEST_PART, SMALLEST_PART + 1, 2 * SMALLEST_PART + 7])
async def test_what_is_put_is_what_comes_back(store: ObjectStore, tmp_path: Path, size: int) -> None:
    source, target = tmp_path / "source", tmp_path / "new" / "target"
    source.write_bytes(os.urandom(size))
    put = await store.put("some/key.duckdb", str(source))
    assert (put.key, put.size) == ("some/key.duckdb", size)
    assert put.sha256 == sha256(source.read_bytes()).hexdigest()
    head = await store.head("some/key.duckdb")
    assert head == put
    await downloaded(store, head, str(target))
    assert target.read_bytes() == source.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == ["target"]


async def test_a_few_bytes_are_written_and_read_from_anywhere(store: ObjectStore) -> None:
    stored = await store.write("latest.json", b"0123456789")
    assert await _content(store, stored) == b"0123456789"
    assert await _content(store, stored, offset=4) == b"456789"
    assert await _content(store, stored, offset=10) == b""
    assert stored == await store.head("latest.json")


async def test_another_content_has_another_etag(store: ObjectStore) -> None:
    first = await store.write("key", b"one")
    second = await store.write("key", b"two")
    assert first.etag != second.etag
    assert await _content(store, await store.head("key")) == b"two"


async def test_what_lies_there_already_is_not_written_again(store: ObjectStore, file: Path) -> None:
    put = await store.put("key", str(file))
    assert await store.put("key", str(file)) == put
    assert await store.put("key", str(file), expected=NOTHING_THERE) == put
    assert await store.write("key", file.read_bytes(), expected=Expected("another")) == put


async def test_only_where_nothing_lies(store: ObjectStore, file: Path) -> None:
    await store.put("key", str(file), expected=NOTHING_THERE)
    file.write_bytes(b"something else")
    with pytest.raises(Conflict):
        await store.put("key", str(file), expected=NOTHING_THERE)
    with pytest.raises(Conflict):
        await store.write("key", b"something else again", expected=NOTHING_THERE)
    assert await _content(store, await store.head("key")) == b"some content"


async def test_only_where_it_is_as_it_was_last_seen(store: ObjectStore) -> None:
    first = await store.write("key", b"one")
    second = await store.write("key", b"two", expected=Expected(first.etag))
    with pytest.raises(Conflict):
        await store.write("key", b"three", expected=Expected(first.etag))
    with pytest.raises(Conflict):
        await store.write("nowhere", b"three", expected=Expected(first.etag))
    assert await _content(store, second) == b"two"
    assert await _keys(store) == ["key"]


async def test_a_large_file_too_is_put_only_where_it_is_expected(store: ObjectStore, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(SMALLEST_PART + 1))
    there = await store.write("key", b"there")
    with pytest.raises(Conflict):
        await store.put("key", str(large), expected=NOTHING_THERE)
    assert await store.sweep(["key"], before=LATER) == 0
    assert (await store.put("key", str(large), expected=Expected(there.etag))).size == SMALLEST_PART + 1


async def test_of_several_who_expect_the_same_one_wins(store: ObjectStore) -> None:
    first = await store.write("latest", b"first")
    for expected, key in ((Expected(first.etag), "latest"), (NOTHING_THERE, "new")):
        tried = [store.write(key, f"writer {number}".encode(), expected=expected) for number in range(4)]
        results = await asyncio.gather(*tried, return_exceptions=True)
        [winner] = [number for number, result in enumerate(results) if isinstance(result, StoredObject)]
        assert all(isinstance(result, Conflict) for number, result in enumerate(results) if number != winner)
        assert await _content(store, await store.head(key)) == f"writer {winner}".encode()


async def test_keys_are_listed_in_order_and_by_how_they_begin(store: ObjectStore) -> None:
    keys = ["b", "a/2", "a/10", "a/1", "ab", "c/d/e"]
    for key in keys:
        await store.write(key, key.encode())
    assert await _keys(store) == sorted(keys)
    assert await _keys(store, "a") == ["a/1", "a/10", "a/2", "ab"]
    assert await _keys(store, "a/1") == ["a/1", "a/10"]
    assert await _keys(store, "nothing") == []
    assert [stored.size async for stored in store.listed("c")] == [5]


async def test_a_copy_is_the_same_content_under_another_key(store: ObjectStore) -> None:
    source = await store.write("snapshots/1/file", b"content")
    await store.write("file", b"what was there before")
    copied = await store.copy(source, "file")
    assert (copied.key, copied.size, copied.sha256) == ("file", source.size, source.sha256)
    assert copied == await store.head("file")
    assert await _content(store, copied) == b"content"
    assert (await store.copy(source, "file")).etag == copied.etag


async def test_nothing_is_copied_that_is_gone_or_another_by_now(store: ObjectStore) -> None:
    source = await store.write("source", b"old")
    await store.write("source", b"new")
    with pytest.raises(Conflict):
        await store.copy(source, "target")
    await store.delete("source")
    with pytest.raises(NotFound):
        await store.copy(source, "target")
    assert await _keys(store) == []


async def test_what_changed_since_it_was_seen_is_not_read_as_if_it_had_not(store: ObjectStore) -> None:
    seen = await store.write("key", b"old")
    await store.write("key", b"new")
    with pytest.raises(Conflict):
        await _content(store, seen)


async def test_what_is_deleted_is_gone_and_deleting_it_again_does_nothing(store: ObjectStore) -> None:
    stored = await store.write("key", b"content")
    await store.delete("key")
    await store.delete("key")
    with pytest.raises(NotFound):
        await store.head("key")
    with pytest.raises(NotFound):
        await _content(store, stored)


async def test_what_is_not_there_is_not_found(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await store.head("key")
    with pytest.raises(NotFound):
        await store.put("key", str(tmp_path / "nothing"))


async def test_what_a_folder_and_a_bucket_would_take_for_different_things_is_no_key(store: ObjectStore) -> None:
    for key in ("", "/a", "a/", "a//b", "../a", "a/./b", "a\nb", "a\\b", "ä" * 128, "a/" * 512 + "a"):
        with pytest.raises(InvalidInput):
            await store.write(key, b"content")
    assert await _keys(store) == []


async def test_a_file_is_what_its_key_says_letter_by_letter(store: ObjectStore) -> None:
    keys = ["Datei für alle.json", "a+b=c&d", "100%/%2F", "~", "日本/語"]
    for key in keys:
        await store.write(key, key.encode())
    assert await _keys(store) == sorted(keys)
    assert [await _content(store, await store.head(key)) for key in keys] == [key.encode() for key in keys]


async def test_there_is_nothing_to_sweep_where_every_upload_has_ended(store: ObjectStore, file: Path) -> None:
    await store.put("key", str(file))
    assert await store.sweep(["key"], before=LATER) == 0
    assert await _keys(store) == ["key"]
