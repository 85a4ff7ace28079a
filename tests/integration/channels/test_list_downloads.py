import asyncio
import gzip
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import brotli
import pytest
from list_server import ListServer, body, breaks_after, one_after_the_other, serving, status

from kodit.domain.errors import (
    BadAnswer,
    InvalidInput,
    KoditError,
    Locked,
    NotFound,
    RateLimited,
    Refused,
    StorageFull,
    Unavailable,
    Unreadable,
)
from kodit.domain.nixpkgs.release import Release, ReleaseForm
from kodit.infrastructure.channels.package_lists import fetched, read
from kodit.infrastructure.channels.unpacking import Limits

RELEASE = "nixos-25.05pre770010.0a1b2c3d4e5f"
LIST = f"/nixos/unstable/{RELEASE}/packages.json.br"
# Numbers that do not repeat, so that a list has several chunks when it is packed.
PACKAGES = {
    f"package{number}": {"name": f"p-{number}", "meta": {"description": f"{number**9:x}"}} for number in range(20_000)
}
JSON = json.dumps({"version": 2, "packages": PACKAGES}).encode()
PACKED = gzip.compress(JSON)
CHANGED = gzip.compress(JSON, 1)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ListServer]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serving() as server:
        yield server


async def test_a_list_is_brought_and_named_by_the_folder_that_a_channel_leads_to(
    server: ListServer, tmp_path: Path
) -> None:
    server.answers = {"/channels/nixos-unstable": status(302, location=LIST), LIST: body(PACKED)}
    release = await fetched(server.url("/channels/nixos-unstable"), tmp_path / "kept")
    assert (release.name, release.form) == (RELEASE, ReleaseForm.LIST)
    assert [one.attr.name async for one in read(release.path)] == list(PACKAGES)


async def test_a_list_is_the_same_however_it_is_packed_and_wherever_it_comes_from(
    server: ListServer, tmp_path: Path
) -> None:
    file = tmp_path / "packages.json"
    file.write_bytes(JSON)
    server.answers = {
        "/a": body(PACKED),
        "/b": body(brotli.compress(JSON, quality=1)),
        "/c": body(JSON, content_encoding="x"),
    }
    ids = {(await fetched(server.url(path), tmp_path / path[1:])).id for path in ("/a", "/b", "/c")}
    assert ids == {(await fetched(str(file), tmp_path)).id}


async def test_what_has_not_changed_is_not_brought_again(server: ListServer, tmp_path: Path) -> None:
    server.answers = {"/list": body(PACKED)}
    first = await fetched(server.url("/list"), tmp_path)
    second = await fetched(server.url("/list"), tmp_path)
    assert second == first
    assert server.heads("/list", "if-none-match") == [[None], ['"one"']]


async def test_what_has_changed_takes_the_place_of_what_was_there(server: ListServer, tmp_path: Path) -> None:
    changed = b'{"a": {"name": "a-1"}}'
    server.answers = {"/list": one_after_the_other(body(PACKED), body(changed, '"two"'))}
    first = await fetched(server.url("/list"), tmp_path)
    second = await fetched(server.url("/list"), tmp_path)
    assert (second.id != first.id, second.path) == (True, first.path)
    assert Path(second.path).read_bytes() == changed


async def test_the_date_of_a_list_will_do_where_there_is_no_tag(server: ListServer, tmp_path: Path) -> None:
    date = "Sat, 01 Nov 2025 10:00:00 GMT"
    server.answers = {"/list": one_after_the_other(body(PACKED, None, last_modified=date), status(304))}
    assert await fetched(server.url("/list"), tmp_path) == await fetched(server.url("/list"), tmp_path)
    assert server.heads("/list", "if-modified-since") == [[None], [date]]


@pytest.mark.parametrize("damage", ["about.json", "packages"])
async def test_what_is_kept_is_brought_anew_when_it_is_not_what_it_was(
    damage: str, server: ListServer, tmp_path: Path
) -> None:
    server.answers = {"/list": body(PACKED)}
    first = await fetched(server.url("/list"), tmp_path)
    (tmp_path / damage).write_bytes(b"{}")
    assert await fetched(server.url("/list"), tmp_path) == first
    assert Path(first.path).read_bytes() == PACKED
    assert server.heads("/list", "if-none-match") == [[None], [None]]


@pytest.mark.parametrize(
    "headers", [{"etag": '"one"'}, {"etag": None, "last_modified": "Sat, 01 Nov 2025 10:00:00 GMT"}]
)
async def test_a_broken_connection_is_taken_up_where_it_broke(
    headers: dict[str, str], server: ListServer, tmp_path: Path
) -> None:
    server.answers = {"/list": one_after_the_other(breaks_after(300_000, PACKED, **headers), body(PACKED, **headers))}
    release = await fetched(server.url("/list"), tmp_path)
    assert Path(release.path).read_bytes() == PACKED
    sameness = headers["etag"] or headers["last_modified"]
    assert server.heads("/list", "range", "if-range") == [[None, None], ["bytes=262144-", sameness]]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
async def test_a_list_begins_anew_where_nothing_tells_that_it_is_the_same(
    etag: str | None, server: ListServer, tmp_path: Path
) -> None:
    server.answers = {"/list": one_after_the_other(breaks_after(300_000, PACKED, etag), body(PACKED, etag))}
    release = await fetched(server.url("/list"), tmp_path)
    assert Path(release.path).read_bytes() == PACKED
    assert server.heads("/list", "range") == [[None], [None]]


@pytest.mark.parametrize(
    "second",
    [
        body(CHANGED, '"two"'),
        one_after_the_other(status(416), body(CHANGED, '"two"')),
        one_after_the_other(status(206, content_range="bytes 7-9/10"), body(CHANGED, '"two"')),
        one_after_the_other(
            status(206, content_range="bytes 262144-300000/300001", etag='"two"'), body(CHANGED, '"two"')
        ),
    ],
    ids=["all of it", "no such part", "another part", "a part of another"],
)
async def test_a_list_that_changes_on_its_way_is_brought_from_its_beginning(
    second, server: ListServer, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    server.answers = {"/list": one_after_the_other(breaks_after(300_000, PACKED), second)}
    release = await fetched(server.url("/list"), tmp_path)
    assert Path(release.path).read_bytes() == CHANGED


async def test_a_connection_that_keeps_breaking_leaves_what_was_there(server: ListServer, tmp_path: Path) -> None:
    server.answers = {"/list": one_after_the_other(body(PACKED), breaks_after(10, PACKED, '"two"'))}
    before = await fetched(server.url("/list"), tmp_path)
    with pytest.raises(Unavailable, match="cannot be had"):
        await fetched(server.url("/list"), tmp_path)
    assert Path(before.path).read_bytes() == PACKED
    assert not (tmp_path / "packages.part").exists()
    server.answers = {"/list": body(PACKED)}
    assert await fetched(server.url("/list"), tmp_path) == before
    assert server.heads("/list", "if-none-match")[-1] == ['"one"']


@pytest.mark.parametrize(
    ("code", "error"),
    [(404, NotFound), (410, NotFound), (401, Refused), (403, Refused), (429, RateLimited), (500, Unavailable),
     (503, Unavailable), (204, BadAnswer), (400, BadAnswer)],
)  # fmt: skip
async def test_what_a_server_answers_is_the_error_that_it_means(
    code: int, error: type[KoditError], server: ListServer, tmp_path: Path
) -> None:
    server.answers = {"/list": status(code, retry_after="30")}
    with pytest.raises(error) as raised:
        await fetched(server.url("/list"), tmp_path)
    assert getattr(raised.value, "retry_after", None) == (timedelta(seconds=30) if error is RateLimited else None)


async def test_a_server_that_asks_for_a_wait_without_end_is_asked_again_in_our_own_time(
    server: ListServer, tmp_path: Path
) -> None:
    server.answers = {"/list": status(429, retry_after="9" * 30)}
    with pytest.raises(RateLimited) as raised:
        await fetched(server.url("/list"), tmp_path)
    assert raised.value.retry_after is None


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with serving() as server:
        url = server.url("/list")
    with pytest.raises(Unavailable, match="cannot be had"):
        await fetched(url, tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///x",
        "http://a b/",
        "https://[::1",
        "http://127.0.0.1:99999/x",
        "http://127.0.0.1:0/x",
        "http://a\nb",
    ],
)
async def test_what_is_no_url_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no URL"):
        await fetched(url, tmp_path)


async def test_a_folder_that_cannot_be_made_is_told(server: ListServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Unreadable, match="cannot be written"):
        await fetched(server.url("/list"), tmp_path / "file")


async def test_a_full_disk_keeps_what_was_there_and_gives_back_the_rest(
    server: ListServer, tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("small disks")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", tmp_path], check=True)
    try:
        small = b'{"a": {"name": "a-1"}}'
        large = json.dumps({"a": {"name": "a-1", "meta": "x" * (2 << 20)}}).encode()
        server.answers = {"/list": one_after_the_other(body(small), body(large, '"two"'), status(304))}
        before = await fetched(server.url("/list"), tmp_path / "kept")
        with pytest.raises(StorageFull):
            await fetched(server.url("/list"), tmp_path / "kept")
        assert shutil.disk_usage(tmp_path).free > 900_000
        assert await fetched(server.url("/list"), tmp_path / "kept") == before
        assert Path(before.path).read_bytes() == small
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)


async def test_no_error_tells_a_credential(server: ListServer, tmp_path: Path) -> None:
    server.answers = {
        "/list?token=secret2": status(403),
        "/loop?token=secret2": status(302, location="/loop?token=secret2"),
    }
    url = server.url("").replace("//", "//me:secret1@")
    for path in ("/list?token=secret2", "/loop?token=secret2", "/gone?token=secret2#secret3"):
        with pytest.raises(KoditError) as raised:
            await fetched(url + path, tmp_path)
        assert "secret" not in f"{raised.value} {raised.value.remedy}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>maintenance</html>", "a web page"),
        (JSON[:-9], "ends in the middle"),
        (PACKED[:-9], "ends in the middle"),
        (b"", "is empty"),
    ],
)
async def test_what_is_no_list_is_refused_and_not_kept(
    content: bytes, reason: str, server: ListServer, tmp_path: Path
) -> None:
    server.answers = {"/list": body(content)}
    with pytest.raises(InvalidInput, match=reason):
        await fetched(server.url("/list"), tmp_path)
    assert [file.name for file in tmp_path.iterdir() if file.name != "lock"] == []


async def test_a_list_that_is_too_large_is_given_up_on_the_way(server: ListServer, tmp_path: Path) -> None:
    server.answers = {"/list": body(PACKED)}
    with pytest.raises(InvalidInput, match="more than 1,000 bytes"):
        await fetched(server.url("/list"), tmp_path, Limits(packed=1000))
    with pytest.raises(InvalidInput, match="unpacks to more than 2,000 bytes"):
        await fetched(server.url("/list"), tmp_path, Limits(unpacked=2000))


async def test_a_circle_of_redirects_is_told(server: ListServer, tmp_path: Path) -> None:
    server.answers = {"/a": status(302, location="/b"), "/b": status(302, location="/a")}
    with pytest.raises(BadAnswer, match="leads in a circle"):
        await fetched(server.url("/a"), tmp_path)


async def test_a_redirect_to_a_file_is_not_followed(server: ListServer, tmp_path: Path) -> None:
    server.answers = {"/a": status(302, location="file:///etc/passwd")}
    with pytest.raises(BadAnswer):
        await fetched(server.url("/a"), tmp_path)


async def test_an_encrypted_way_stays_encrypted(
    server: ListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server.answers = {"/list": body(PACKED)}
    with serving(certificate) as encrypted:
        encrypted.answers = {"/list": body(PACKED), "/away": status(302, location=server.url("/list"))}
        assert Path((await fetched(encrypted.url("/list"), tmp_path)).path).read_bytes() == PACKED
        with pytest.raises(Refused, match="not encrypted"):
            await fetched(encrypted.url("/away"), tmp_path)
    assert server.asked == []


@pytest.mark.parametrize(
    ("revision", "name"),
    [(b"0123456789abcdef0123456789abcdef01234567\n", "0123456789abcdef0123456789abcdef01234567"), (b"x", None)],
)
async def test_a_release_without_a_name_is_called_by_the_commit_beside_it(
    revision: bytes, name: str | None, server: ListServer, tmp_path: Path
) -> None:
    server.answers = {"/here/packages.json": body(PACKED), "/here/git-revision": body(revision)}
    assert (await fetched(server.url("/here/packages.json"), tmp_path)).name == name


async def test_a_list_is_brought_by_one_process_at_a_time(server: ListServer, tmp_path: Path) -> None:
    asked, answered = threading.Event(), threading.Event()

    def slow(handler) -> None:  # type: ignore[no-untyped-def]
        asked.set()
        answered.wait()
        body(PACKED)(handler)

    server.answers = {"/list": slow}
    first = asyncio.create_task(fetched(server.url("/list"), tmp_path))
    await asyncio.to_thread(asked.wait)
    try:
        with pytest.raises(Locked):
            await fetched(server.url("/list"), tmp_path)
    finally:
        answered.set()
    assert isinstance(await first, Release)


async def test_proxies_are_those_of_the_environment(
    server: ListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url(""))
    server.answers = {"http://channels.example/packages.json": body(PACKED)}
    release = await fetched("http://channels.example/packages.json", tmp_path)
    assert Path(release.path).read_bytes() == PACKED


async def test_a_list_that_was_cancelled_on_its_way_can_be_brought_later(server: ListServer, tmp_path: Path) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def halting(handler) -> None:  # type: ignore[no-untyped-def]
        handler.head(200, len(PACKED))
        handler.wfile.write(PACKED[:300_000])
        asked.set()
        go_on.wait()

    server.answers = {"/list": one_after_the_other(halting, body(PACKED))}
    first = asyncio.create_task(fetched(server.url("/list"), tmp_path))
    await asyncio.to_thread(asked.wait)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    go_on.set()
    assert Path((await fetched(server.url("/list"), tmp_path)).path).read_bytes() == PACKED


def _certificate(directory: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begin, end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = directory / "certificate.pem"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain) + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
