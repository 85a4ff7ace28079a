import gzip
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput
from kodit.infrastructure.channels.unpacking import PIECE, Limits, Unpacker

JSON = b'{"packages": {' + b", ".join(b'"a%d": {"name": "a-%d"}' % (number, number) for number in range(5000)) + b"}}"
PACKED = {
    "plain": JSON,
    "plain with a byte order mark": b"\xef\xbb\xbf" + JSON,
    "plain after blanks": b" \n" + JSON,
    "gzip": gzip.compress(JSON),
    "gzip in two members": gzip.compress(JSON[:9000]) + gzip.compress(JSON[9000:]) + b"\0" * 512,
    "brotli": brotli.compress(JSON),
    "brotli with a small window": brotli.compress(JSON, lgwin=10),
    "brotli with a large window": brotli.compress(JSON, lgwin=24),
}


def unpacked(packed: bytes, limits: Limits | None = None, size: int = 1000) -> bytes:
    return b"".join(pieces(packed, limits, size))


def pieces(packed: bytes, limits: Limits | None = None, size: int = 1000) -> Iterator[bytes]:
    unpacker = Unpacker(limits or Limits())
    for start in range(0, len(packed), size):
        yield from unpacker.feed(packed[start : start + size])
    yield from unpacker.finish()


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
@pytest.mark.parametrize("size", [1, 4096, 1 << 20])
def test_a_list_is_recognised_by_what_it_is_however_it_comes(packed: bytes, size: int) -> None:
    assert unpacked(packed, size=size).removeprefix(b"\xef\xbb\xbf").strip() == JSON


@pytest.mark.parametrize("name", ["gzip", "gzip in two members", "brotli", "brotli with a large window"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_list_is_refused_with_the_place(name: str, share: float) -> None:
    packed = PACKED[name].rstrip(b"\0")
    cut = packed[: int(len(packed) * share)]
    with pytest.raises(InvalidInput, match=f"ends in the middle, at byte {len(cut):,}"):
        unpacked(cut)


@pytest.mark.parametrize("name", ["gzip", "brotli"])
def test_a_damaged_list_is_refused(name: str) -> None:
    packed = bytearray(PACKED[name])
    packed[len(packed) // 2 : len(packed) // 2 + 40] = b"\xaa" * 40
    with pytest.raises(InvalidInput, match=r"the list is damaged|no list of packages|ends in the middle"):
        unpacked(bytes(packed))


def test_what_follows_a_brotli_stream_is_refused() -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        unpacked(brotli.compress(JSON) + b"more of it")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "the list is empty"),
        (b" \n ", "the list is empty"),
        (b"<!DOCTYPE html><html></html>", "a web page or XML"),
        (b"\x28\xb5\x2f\xfdsomething", "packed by zstd"),
        (b"\xfd7zXZ\x00something", "packed by xz"),
        (b"PK\x03\x04something", "a ZIP archive"),
        (b"error: attribute missing", "no list of packages"),
        (b"[]", "neither an object of JSON nor packed"),
        (b"[1, 2, 3]", "neither an object of JSON nor packed"),
        (b'["' + b"a" * 9000 + b'"]', "neither an object of JSON nor packed"),
        (b'"text"', "neither an object of JSON nor packed"),
        (b"null", "neither an object of JSON nor packed"),
        (b"\x7fELF" + b"\0" * 100, "no list of packages"),
    ],
)
def test_what_is_no_list_is_named(said: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        unpacked(said)
    assert refused.value.remedy


@given(st.binary(max_size=200))
def test_any_bytes_are_unpacked_or_refused(said: bytes) -> None:
    try:
        unpacked(said, size=7)
    except InvalidInput:
        return


@pytest.mark.parametrize(
    "pack", [lambda said: gzip.compress(said, 1), lambda said: brotli.compress(said, quality=1)], ids=["gzip", "brotli"]
)
def test_a_bomb_is_refused_before_it_has_unpacked(pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b"{" + b" " * (32 << 20))
    sizes: list[int] = []
    with pytest.raises(InvalidInput, match="unpacks to more than 4,194,304 bytes"):
        sizes.extend(len(piece) for piece in pieces(bomb, Limits(unpacked=4 << 20), size=len(bomb)))
    assert max(sizes) <= 2 * PIECE
    assert 2 << 20 < sum(sizes) <= 4 << 20


def test_a_list_that_grows_too_much_is_refused_once_it_is_large() -> None:
    packed = zlib.compress(b"{" + b" " * (4 << 20), wbits=31)
    with pytest.raises(InvalidInput, match="more than 100 times its size"):
        unpacked(packed, Limits(ratio=100, ratio_from=1 << 20))
    assert len(unpacked(packed, Limits(ratio=100, ratio_from=8 << 20))) == (4 << 20) + 1


def test_a_list_that_is_too_large_is_refused_while_it_comes() -> None:
    unpacker = Unpacker(Limits(packed=10_000))
    list(unpacker.feed(JSON[:9_999]))
    with pytest.raises(InvalidInput, match="more than 10,000 bytes"):
        unpacker.feed(JSON[:2])
