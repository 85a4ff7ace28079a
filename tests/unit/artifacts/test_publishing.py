"""Readers have the old files or the new ones, whenever a publisher dies and however many there are."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kodit.application.artifacts.publishing import Publishing
from kodit.domain.artifacts.object_store import ObjectStore, StoredObject
from kodit.domain.artifacts.publication import FileToPublish
from kodit.domain.errors import BadAnswer, Conflict, InvalidInput, NotFound, Refused, Unavailable
from kodit.infrastructure.filesystem.object_files import downloaded
from kodit.infrastructure.memory.object_store import MemoryObjectStore

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
FULL, SMALL, LATEST = "s/full.duckdb", "s/small.duckdb", "s/latest.json"


class Dying(MemoryObjectStore):
    """Answers a number of times and never again; `late` ones do what is asked and die before they say so."""

    def __init__(self, lives: int, *, late: bool = False) -> None:
        super().__init__()
        self.lives = lives
        self.late = late
        self.sent: list[str] = []

    def _die(self, *, late: bool) -> None:
        if late == self.late and self.lives <= 0:
            raise Unavailable("the store has died")
        self.lives -= late == self.late

    async def write(self, key: str, content: bytes, **terms: Any) -> StoredObject:
        self._die(late=False)
        before = self._contents.get(key)
        stored = await super().write(key, content, **terms)
        if before != content:
            self.sent.append(key)
        self._die(late=True)
        return stored

    async def head(self, key: str) -> StoredObject:
        self._die(late=False)
        return await super().head(key)


def _publishing(store: ObjectStore) -> Publishing:
    return Publishing(store=store, download=downloaded, now=lambda: START)


def _files(folder: Path, content: str) -> Sequence[FileToPublish]:
    folder.mkdir(exist_ok=True)
    files = [FileToPublish(str(folder / key.replace("/", "-")), key) for key in (FULL, SMALL)]
    for file in files:
        Path(file.path).write_text(f"{content} of {file.key}")
    return files


async def _latest_pair(publishing: Publishing, folder: Path) -> tuple[str, str]:
    """What a reader has who follows the pointer once."""
    publication = await publishing.latest(FULL)
    read = []
    for file in publication.files:
        stored = await publishing.store.head(file.snapshot)
        assert stored.sha256 == file.sha256
        await downloaded(publishing.store, stored, str(folder / "read"))
        read.append((folder / "read").read_text())
    return read[0], read[1]


async def test_files_stay_under_their_release_and_lie_under_their_keys_and_are_pointed_to(tmp_path: Path) -> None:
    store = MemoryObjectStore()
    publication = await _publishing(store).publish(_files(tmp_path, "first"), "nixos-16.09")
    assert [stored.key async for stored in store.listed()] == [
        FULL,
        LATEST,
        "s/nixos-16.09/full.duckdb",
        "s/nixos-16.09/full.duckdb.sha256",
        "s/nixos-16.09/small.duckdb",
        "s/nixos-16.09/small.duckdb.sha256",
        SMALL,
    ]
    assert (await store.head(FULL)).sha256 == (await store.head("s/nixos-16.09/full.duckdb")).sha256
    assert await _publishing(store).latest(SMALL) == publication
    assert (publication.release, publication.published_at) == ("nixos-16.09", START)


async def test_the_digest_beside_a_snapshot_is_what_sha256sum_reads(tmp_path: Path) -> None:
    store = MemoryObjectStore()
    publication = await _publishing(store).publish(_files(tmp_path, "first"), "1")
    await downloaded(store, await store.head("s/1/full.duckdb.sha256"), str(tmp_path / "sum"))
    assert (tmp_path / "sum").read_text() == f"{publication.files[0].sha256}  full.duckdb\n"


async def test_publishing_the_same_again_sends_nothing_and_moves_nothing(tmp_path: Path) -> None:
    store = Dying(1000)
    publishing = _publishing(store)
    await publishing.publish(_files(tmp_path, "first"), "1")
    store.sent.clear()
    await publishing.publish(_files(tmp_path, "first"), "1")
    assert store.sent == []


async def test_a_release_that_is_built_again_leaves_its_first_snapshot_alone(tmp_path: Path) -> None:
    store = MemoryObjectStore()
    publishing = _publishing(store)
    first = await publishing.publish(_files(tmp_path, "first"), "1")
    again = await publishing.publish(_files(tmp_path, "again"), "1")
    assert [file.snapshot for file in again.files] == ["s/1-2/full.duckdb", "s/1-2/small.duckdb"]
    assert [(await store.head(file.snapshot)).sha256 for file in first.files] == [file.sha256 for file in first.files]
    assert await publishing.latest(FULL) == again


def _saying(files: Sequence[FileToPublish], said: str) -> Sequence[FileToPublish]:
    return [replace(file, contents=f"{said} {file.key}") for file in files]


async def test_a_release_that_is_built_again_and_says_the_same_stays_as_it_was_published(tmp_path: Path) -> None:
    store = Dying(1000)
    publishing = _publishing(store)
    first = await publishing.publish(_saying(_files(tmp_path, "first"), "this"), "1")
    store.sent.clear()
    again = await publishing.publish(_saying(_files(tmp_path, "again"), "this"), "1")
    assert (again, store.sent) == (first, [])
    assert await _latest_pair(publishing, tmp_path) == (f"first of {FULL}", f"first of {SMALL}")


async def test_a_release_that_another_has_followed_is_found_where_it_lies(tmp_path: Path) -> None:
    store = Dying(1000)
    publishing = _publishing(store)
    first = await publishing.publish(_saying(_files(tmp_path, "first"), "this"), "1")
    await publishing.publish(_saying(_files(tmp_path, "another"), "that"), "1")
    await publishing.publish(_saying(_files(tmp_path, "second"), "that"), "2")
    store.sent.clear()
    back = _saying(_files(tmp_path, "again"), "this")
    assert await publishing.standing(back, "1") == first.files
    again = await publishing.publish(back, "1")
    # The store copies its own snapshots to their keys.
    assert (again.files, store.sent) == (first.files, [FULL, SMALL, LATEST])
    assert await _latest_pair(publishing, tmp_path) == (f"first of {FULL}", f"first of {SMALL}")


@pytest.mark.parametrize("said", ["this", "that"])
async def test_who_asked_what_stands_before_has_the_store_asked_no_oftener(tmp_path: Path, said: str) -> None:
    asked = []
    for first in (True, False):
        store = Dying(1000)
        publishing = _publishing(store)
        await publishing.publish(_saying(_files(tmp_path, "first"), "this"), "1")
        before, again = store.lives, _saying(_files(tmp_path, "again"), said)
        standing = await publishing.standing(again, "1") if first else None
        await publishing.publish(again, "1", standing=standing)
        asked.append(before - store.lives)
    assert asked[0] == asked[1]


async def test_what_an_earlier_phase_has_left_under_a_key_is_replaced_by_what_stands(tmp_path: Path) -> None:
    publishing = _publishing(MemoryObjectStore())
    first = await publishing.publish(_saying(_files(tmp_path, "first"), "this"), "1")
    again = _saying(_files(tmp_path, "again"), "this")
    await publishing.replace(again[:1])
    await publishing.publish(again, "1")
    assert (await publishing.store.head(FULL)).sha256 == first.files[0].sha256


@pytest.mark.parametrize(("said", "release"), [("that", "1"), ("this", "2")])
async def test_what_says_something_else_or_is_of_another_release_is_stored(
    tmp_path: Path, said: str, release: str
) -> None:
    publishing = _publishing(MemoryObjectStore())
    await publishing.publish(_saying(_files(tmp_path, "first"), "this"), "1")
    await publishing.publish(_saying(_files(tmp_path, "again"), said), release)
    assert await _latest_pair(publishing, tmp_path) == (f"again of {FULL}", f"again of {SMALL}")


@pytest.mark.parametrize("damage", ["gone", "changed"])
async def test_what_no_longer_lies_there_as_it_was_published_is_stored_again(tmp_path: Path, damage: str) -> None:
    publishing = _publishing(MemoryObjectStore())
    first = await publishing.publish(_saying(_files(tmp_path, "first"), "this"), "1")
    snapshot = first.files[1].snapshot
    if damage == "gone":
        await publishing.store.delete(snapshot)
    else:
        await publishing.store.write(snapshot, b"something else")
    await publishing.publish(_saying(_files(tmp_path, "again"), "this"), "1")
    assert await _latest_pair(publishing, tmp_path) == (f"again of {FULL}", f"again of {SMALL}")


async def test_one_file_may_be_stored_without_moving_the_pointer(tmp_path: Path) -> None:
    publishing = _publishing(MemoryObjectStore())
    await publishing.publish(_files(tmp_path, "first"), "1")
    await publishing.publish(_files(tmp_path, "second")[:1], "2", latest=False)
    assert await _latest_pair(publishing, tmp_path) == (f"first of {FULL}", f"first of {SMALL}")
    await publishing.fetch(FULL, str(tmp_path / "full"))
    assert (tmp_path / "full").read_text() == f"second of {FULL}"


@pytest.mark.parametrize("late", [False, True])
async def test_wherever_a_publisher_dies_readers_have_one_release_and_the_next_attempt_ends_it(
    tmp_path: Path, late: bool
) -> None:
    deaths = 0
    for lives in range(100):
        store = Dying(1000, late=late)
        publishing = _publishing(store)
        await publishing.publish(_files(tmp_path, "old"), "1")
        store.lives = lives
        try:
            await publishing.publish(_files(tmp_path, "new"), "2")
        except Unavailable:
            deaths += 1
        else:
            break
        store.lives = 1000
        assert await _latest_pair(publishing, tmp_path) in (
            (f"old of {FULL}", f"old of {SMALL}"),
            (f"new of {FULL}", f"new of {SMALL}"),
        )
        await publishing.publish(_files(tmp_path, "new"), "2")
        assert await _latest_pair(publishing, tmp_path) == (f"new of {FULL}", f"new of {SMALL}")
    assert deaths >= 5


async def test_until_its_last_step_a_publication_is_seen_by_nobody(tmp_path: Path) -> None:
    store = Dying(1000)
    publishing = _publishing(store)
    await publishing.publish(_files(tmp_path, "old"), "1")
    store.sent.clear()
    await publishing.publish(_files(tmp_path, "new"), "2")
    assert store.sent[-3:] == [FULL, SMALL, LATEST]


async def test_of_two_publishers_at_once_the_later_one_is_pointed_to_and_both_snapshots_stay(tmp_path: Path) -> None:
    class Slow(MemoryObjectStore):
        """Lets others go first between looking and writing."""

        async def write(self, key: str, content: bytes, **terms: Any) -> StoredObject:
            for _ in range(3):
                await asyncio.sleep(0)
            return await super().write(key, content, **terms)

    publishing = _publishing(Slow())
    one, two = await asyncio.gather(
        publishing.publish(_files(tmp_path / "1", "one"), "1"), publishing.publish(_files(tmp_path / "2", "two"), "1")
    )
    latest = await publishing.latest(FULL)
    assert latest in (one, two)
    assert {file.snapshot for file in one.files}.isdisjoint(file.snapshot for file in two.files)
    for file in latest.files:
        assert (await publishing.store.head(file.key)).sha256 == file.sha256


async def test_where_another_always_comes_first_it_is_a_conflict(tmp_path: Path) -> None:
    class Contested(MemoryObjectStore):
        async def write(self, key: str, content: bytes, **terms: Any) -> StoredObject:
            if key == LATEST and terms:
                raise Conflict("another came first")
            return await super().write(key, content, **terms)

    with pytest.raises(Conflict, match="others publish there all the time"):
        await _publishing(Contested()).publish(_files(tmp_path, "new"), "1")


async def test_files_in_two_folders_are_pointed_to_in_both(tmp_path: Path) -> None:
    publishing = _publishing(MemoryObjectStore())
    files = [FileToPublish(file.path, file.key.replace("s/small", "t/full")) for file in _files(tmp_path, "new")]
    publication = await publishing.publish(files, "1")
    assert await publishing.latest("s/full.duckdb") == publication
    assert await publishing.latest("t/full.duckdb") == publication


async def test_two_files_cannot_have_one_key(tmp_path: Path) -> None:
    file, _ = _files(tmp_path, "new")
    with pytest.raises(InvalidInput):
        await _publishing(MemoryObjectStore()).publish([file, file], "1")


async def test_what_stands_where_the_pointer_belongs_is_replaced_when_it_is_none(tmp_path: Path) -> None:
    publishing = _publishing(MemoryObjectStore())
    await publishing.store.write(LATEST, b"not what we wrote")
    with pytest.raises(BadAnswer):
        await publishing.latest(FULL)
    publication = await publishing.publish(_files(tmp_path, "new"), "1")
    assert await publishing.latest(FULL) == publication


async def test_the_latest_version_is_fetched_by_its_pointer(tmp_path: Path) -> None:
    publishing = _publishing(MemoryObjectStore())
    with pytest.raises(NotFound):
        await publishing.fetch_latest(FULL, str(tmp_path / "none"))
    published = await publishing.publish(_files(tmp_path, "new"), "1")
    publication, stored = await publishing.fetch_latest(SMALL, str(tmp_path / "fetched"))
    assert (publication, stored.key) == (published, "s/1/small.duckdb")
    assert (tmp_path / "fetched").read_text() == f"new of {SMALL}"


async def test_a_snapshot_that_was_changed_is_not_fetched_as_what_was_published(tmp_path: Path) -> None:
    publishing = _publishing(MemoryObjectStore())
    await publishing.publish(_files(tmp_path, "new"), "1")
    await publishing.store.write("s/1/full.duckdb", b"something else")
    with pytest.raises(BadAnswer):
        await publishing.fetch_latest(FULL, str(tmp_path / "fetched"))
    assert not (tmp_path / "fetched").exists()


class Faltering(MemoryObjectStore):
    """Breaks off after every few bytes, and may say wrong ones."""

    def __init__(self, *, bytes_at_a_time: int, wrong: bool = False) -> None:
        super().__init__()
        self.bytes_at_a_time = bytes_at_a_time
        self.wrong = wrong

    async def read(self, stored: StoredObject, *, offset: int = 0) -> AsyncGenerator[bytes, None]:
        async for chunk in super().read(stored, offset=offset):
            said = chunk[: self.bytes_at_a_time]
            yield said[::-1] if self.wrong else said
            if len(said) < len(chunk):
                raise Unavailable("the connection was lost")


async def test_a_download_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    store = Faltering(bytes_at_a_time=3)
    await downloaded(store, await store.write("key", b"0123456789"), str(tmp_path / "target"))
    assert (tmp_path / "target").read_bytes() == b"0123456789"


@pytest.mark.parametrize("store", [Faltering(bytes_at_a_time=0), Faltering(bytes_at_a_time=99, wrong=True)])
async def test_a_download_that_cannot_end_well_leaves_what_was_there(tmp_path: Path, store: ObjectStore) -> None:
    (tmp_path / "target").write_text("what was there")
    with pytest.raises(Unavailable):
        await downloaded(store, await store.write("key", b"0123456789"), str(tmp_path / "target"))
    assert (tmp_path / "target").read_text() == "what was there"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


async def test_who_may_write_but_not_tidy_up_can_publish(tmp_path: Path) -> None:
    class Forbidding(MemoryObjectStore):
        async def sweep(self, names: Collection[str], *, before: datetime) -> int:
            raise Refused("you may not list uploads")

    publishing = _publishing(Forbidding())
    assert await publishing.publish(_files(tmp_path, "new"), "1") == await publishing.latest(FULL)


async def test_uploads_that_were_given_up_a_day_ago_are_swept_first(tmp_path: Path) -> None:
    class Swept(MemoryObjectStore):
        before: datetime | None = None
        names: Collection[str] = ()

        async def sweep(self, names: Collection[str], *, before: datetime) -> int:
            self.before, self.names = before, names
            return 0

    store = Swept()
    await _publishing(store).publish(_files(tmp_path, "new"), "1")
    assert store.before == START - timedelta(days=1)
    assert sorted(store.names) == ["full.duckdb", "small.duckdb"]
