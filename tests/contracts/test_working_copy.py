"""What every kind of working copy promises, tried on the same files as a directory and as a commit."""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kodit.application.sources.working_copies import WorkingCopiesByKind
from kodit.domain.errors import NotFound
from kodit.domain.sources.changes import TreeChanges
from kodit.domain.sources.ports import WorkingCopies, WorkingCopy
from kodit.domain.sources.source import FILE_KINDS, Source, SourceKind
from kodit.infrastructure.filesystem.working_copy import DirectoryWorkingCopies
from kodit.infrastructure.git.working_copies import GitWorkingCopies

FILES = {
    ".github/workflows/ci.yml": b"on: push\n",
    "README.md": b"# read me\n",
    "empty.py": b"",
    "src/app.py": b"print('hello')\n",
    "src/naïve name.py": b"x = '\xc3\xa9'\n",
    "src/binary.bin": bytes(range(256)) * 10,
    "src-gen/z.py": b"z\n",
    "src/line\nfeed.py": b"odd\n",
    "venv/main.py": b"not an environment\n",
}


class Place:
    """A source of one kind, and the means to change it."""

    def __init__(self, kind: SourceKind, root: Path, copies: WorkingCopies) -> None:
        self.root = root
        self.copies = copies
        self.source = Source(name="it", kind=kind, location=str(root), created_at=datetime(2026, 1, 1, tzinfo=UTC))

    def put(self, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(content)
        self.keep()

    def keep(self) -> None:
        """Make what is on disk part of the source."""
        if self.source.kind is SourceKind.GIT:
            git(self.root, "add", "--all", "--force")
            git(self.root, "commit", "--quiet", "--allow-empty", "--message=all")

    async def refreshed(self) -> WorkingCopy:
        return await self.copies.refresh(self.source)

    async def listed(self) -> list[str]:
        return [entry.path for entry in await (await self.refreshed()).entries()]


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(params=FILE_KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.invalid")
    root = tmp_path / "source"
    root.mkdir()
    if request.param is SourceKind.GIT:
        git(root, "init", "--quiet", "--initial-branch=main")
    copies = WorkingCopiesByKind(
        {SourceKind.DIRECTORY: DirectoryWorkingCopies(), SourceKind.GIT: GitWorkingCopies(tmp_path / "mirrors")}
    )
    return Place(request.param, root, copies)


async def test_every_regular_file_is_listed_in_order_of_its_path(place: Place) -> None:
    place.put(FILES)

    assert await place.listed() == sorted(FILES)


async def test_sizes_are_those_of_the_contents(place: Place) -> None:
    place.put(FILES)

    sizes = {entry.path: entry.size for entry in await (await place.refreshed()).entries()}

    assert sizes == {path: len(content) for path, content in FILES.items()}


async def test_an_empty_source_has_no_files(place: Place) -> None:
    assert await place.listed() == []


async def test_files_are_read_byte_by_byte_in_the_order_asked_for(place: Place) -> None:
    place.put(FILES)
    copy = await place.refreshed()
    wanted = [*reversed(FILES), "README.md"]

    read = [item async for item in copy.read(iter(wanted))]

    assert read == [(path, FILES[path]) for path in wanted]


async def test_what_is_not_there_is_read_as_none_and_the_rest_is_read_all_the_same(place: Place) -> None:
    place.put(FILES)
    copy = await place.refreshed()
    wanted = ["src/nothing.py", "README.md", "nothing/at/all", "src", "../outside", "empty.py", "src/app.py/x", ""]

    read = dict([item async for item in copy.read(wanted)])

    assert list(read) == wanted
    assert {path for path in wanted if read[path] is not None} == {"README.md", "empty.py"}


async def test_reading_nothing_gives_nothing(place: Place) -> None:
    place.put(FILES)

    assert [item async for item in (await place.refreshed()).read([])] == []


async def test_thousands_of_files_and_one_of_megabytes_stream_through(place: Place) -> None:
    files = {f"d{n % 7}/f{n}.py": b"%d\n" % n * 50 for n in range(2000)} | {"large.txt": b"0123456789" * 1_000_000}
    place.put(files)
    copy = await place.refreshed()

    assert dict([item async for item in copy.read(list(files))]) == files


async def test_reading_may_stop_at_any_file(place: Place) -> None:
    place.put({f"{n}.txt": b"x" * 100_000 for n in range(100)})
    copy = await place.refreshed()
    contents = copy.read([f"{n}.txt" for n in range(100)])

    assert await anext(contents) == ("0.txt", b"x" * 100_000)
    await contents.aclose()  # type: ignore[attr-defined]
    assert dict([item async for item in copy.read(["1.txt"])]) == {"1.txt": b"x" * 100_000}


async def test_a_hash_changes_if_and_only_if_the_content_does(place: Place) -> None:
    place.put({"a": b"one", "b": b"one", "c": b"two"})
    first = await place.refreshed()
    hashes = {path: await first.hash_of(path) for path in "abc"}
    place.put({"a": b"two", "c": b"two"})
    second = await place.refreshed()

    assert hashes["a"] == hashes["b"] != hashes["c"]
    assert await second.hash_of("a") == hashes["c"]
    assert await second.hash_of("b") == hashes["b"]


async def test_a_hash_that_the_listing_gives_is_the_hash(place: Place) -> None:
    place.put(FILES)
    copy = await place.refreshed()

    for entry in await copy.entries():
        assert entry.content_hash in (None, await copy.hash_of(entry.path))


async def test_a_file_that_is_gone_has_no_hash(place: Place) -> None:
    place.put({"a": b"one"})
    copy = await place.refreshed()

    for path in ("b", "a/b", "../source/a", "."):
        with pytest.raises(NotFound):
            await copy.hash_of(path)


async def test_a_refreshed_source_shows_what_changed(place: Place) -> None:
    place.put({"a": b"one", "b": b"two"})
    await place.refreshed()
    (place.root / "a").unlink()
    place.put({"c": b"three"})

    assert await place.listed() == ["b", "c"]


async def test_noindex_files_are_obeyed(place: Place) -> None:
    place.put(
        {
            ".noindex": b"*.csv\n/only-here\n",
            "a.csv": b"1",
            "a.py": b"1",
            "only-here": b"1",
            "sub/only-here": b"1",
            "sub/.noindex": b"!keep.csv\ngen/\n",
            "sub/keep.csv": b"1",
            "sub/gen/x.py": b"1",
            "data/.noindex": b"",
            "data/x.py": b"1",
            "data/deep/x.py": b"1",
        }
    )

    assert await place.listed() == [".noindex", "a.py", "sub/.noindex", "sub/keep.csv", "sub/only-here"]


async def test_an_empty_noindex_at_the_root_leaves_out_everything(place: Place) -> None:
    place.put({".noindex": b"", "a.py": b"1"})

    assert await place.listed() == []


async def test_what_tools_fill_is_left_out_and_what_people_write_is_not(place: Place) -> None:
    place.put(
        {
            "node_modules/x/index.js": b"1",
            "web/node_modules/x.js": b"1",
            "__pycache__/a.pyc": b"1",
            ".venv/pyvenv.cfg": b"home = /usr/bin\n",
            ".venv/lib/x.py": b"1",
            "venv/main.py": b"1",
            ".tox/x.py": b"1",
            "build/x.py": b"1",
            "target/x.rs": b"1",
            ".config/x.py": b"1",
        }
    )

    assert await place.listed() == [".config/x.py", "build/x.py", "target/x.rs", "venv/main.py"]


async def test_links_are_neither_listed_nor_followed(place: Place) -> None:
    (place.root / "outside").symlink_to("/etc")
    (place.root / "loop").symlink_to(".")
    (place.root / "alias.py").symlink_to("a.py")
    (place.root / "dangling").symlink_to("nowhere")
    place.put({"a.py": b"1"})
    copy = await place.refreshed()

    assert await place.listed() == ["a.py"]
    wanted = ["outside/passwd", "loop/a.py", "alias.py", "dangling"]
    assert [content async for _, content in copy.read(wanted)] == [None] * 4


async def test_names_that_are_not_utf_8_are_left_out(place: Place) -> None:
    odd = os.fsencode(place.root) + b"/caf\xe9.py"
    with open(odd, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(b"1")
    place.put({"a.py": b"1"})

    assert await place.listed() == ["a.py"]


async def test_a_location_where_nothing_is_is_not_found(place: Place) -> None:
    place.root.rmdir() if place.source.kind is SourceKind.DIRECTORY else place.root.rename(f"{place.root}-moved")

    with pytest.raises(NotFound) as raised:
        await place.refreshed()

    assert str(place.root) in str(raised.value)
    assert raised.value.remedy


async def test_discarding_never_touches_what_is_the_users(place: Place) -> None:
    place.put(FILES)
    await place.refreshed()

    await place.copies.discard(place.source)
    await place.copies.discard(place.source)

    assert {path: (place.root / path).read_bytes() for path in FILES} == FILES
    assert await place.listed() == sorted(FILES)


async def test_an_opened_copy_is_the_one_that_was_refreshed(place: Place) -> None:
    place.put({"a": b"one"})
    refreshed = await place.refreshed()

    opened = await place.copies.open(place.source)

    assert opened.commit == refreshed.commit
    assert await opened.entries() == await refreshed.entries()


async def test_the_hash_of_a_directorys_file_is_sha_256_and_of_a_commits_the_blob_id(place: Place) -> None:
    place.put({"a": b"one"})
    copy = await place.refreshed()

    if place.source.kind is SourceKind.GIT:
        assert (await copy.hash_of("a"), copy.commit) == (
            git(place.root, "hash-object", "a"),
            git(place.root, "rev-parse", "HEAD"),
        )
    else:
        assert (await copy.hash_of("a"), copy.commit) == (hashlib.sha256(b"one").hexdigest(), None)


async def test_changes_since_a_commit_are_those_of_the_listings_or_not_known(place: Place) -> None:
    place.put({"a": b"one", "b": b"two", "c": b"three"})
    before = await place.refreshed()
    (place.root / "a").unlink()
    place.put({"b": b"TWO", "d": b"four"})
    after = await place.refreshed()

    changes = await after.changes_since(before.commit or "")

    if place.source.kind is SourceKind.DIRECTORY:
        assert changes is None
    else:
        listed = {entry.path: entry for entry in await after.entries()}
        assert changes == TreeChanges(entries=(listed["b"], listed["d"]), gone=("a",))
