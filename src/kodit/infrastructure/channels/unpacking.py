"""Lists of packages as they are published, turned into their JSON: recognised by what they are, in bounded memory."""

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import brotli  # type: ignore[import-untyped] # its wheels have no types

from kodit.domain.errors import InvalidInput

PIECE = 1 << 20
"""Bytes that are unpacked at a time."""

_HEAD = 4096
_BLANK = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"\xfd7zXZ\x00": "packed by xz",
    b"BZh": "packed by bzip2",
    b"PK\x03\x04": "a ZIP archive",
    b"<": "a web page or XML",
}
_WINDOW = 31  # zlib's word for: a gzip header, and a window of any size


@dataclass(frozen=True, slots=True)
class Limits:
    """What a list may take before it is refused: bytes as published, bytes unpacked, and how many of these for each of
    those, which is asked once there are many.

    The list of a channel of 2026 has some 20 MB packed and 250 MB unpacked.
    """

    packed: int = 512 << 20
    unpacked: int = 2 << 30
    ratio: int = 1000
    ratio_from: int = 64 << 20


class Decompressor(Protocol):
    """One way of packing, undone."""

    name: str

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What can be said of what has come, at most PIECE bytes each. Raises ValueError for what is damaged."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether all of it has come."""
        ...


class Unpacker:
    """Takes a list as it comes, and gives its JSON. Every method raises InvalidInput for what cannot be a list."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._head = b""
        self._begins_as_text = False
        self._form: Decompressor | None = None
        self.taken = 0
        self.given = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take some bytes; whoever calls reads to the end what is given."""
        self.taken += len(chunk)
        if self.taken > self._limits.packed:
            raise InvalidInput(f"the list has more than {self._limits.packed:,} bytes", remedy="is it the right file?")
        if self._form is None:
            self._head += chunk
            if len(self._head) < _HEAD:
                return iter(())
        return self._fed(chunk)

    def finish(self) -> Iterator[bytes]:
        """The rest of it, once everything has come."""
        if self._form is None:
            if not self._head.strip(_BLANK):
                raise InvalidInput("the list is empty", remedy="fetch it again")
            yield from self._fed(b"")
        if self._form is not None and not self._form.is_finished:
            if self.given == 0 and self._begins_as_text:
                raise _no_list()
            raise InvalidInput(
                f"the list ends in the middle, at byte {self.taken:,} as packed", remedy="fetch it again"
            )

    def _fed(self, chunk: bytes) -> Iterator[bytes]:
        if self._form is None:
            chunk, self._head = self._head, b""
            self._begins_as_text = _is_text(chunk[:_HEAD])
            self._form = _recognised(chunk)
        before = self.taken - len(chunk)
        try:
            for piece in self._form.pieces(chunk):
                self.given += len(piece)
                self._check()
                yield piece
        except ValueError as error:
            raise self._damaged(before) from error

    def _damaged(self, before: int) -> InvalidInput:
        if self.given == 0:
            return _no_list()
        name = self._form.name if self._form else ""
        return InvalidInput(f"the list is damaged: {name} fails after byte {before:,}", remedy="fetch it again")

    def _check(self) -> None:
        limits = self._limits
        if self.given > limits.unpacked:
            raise InvalidInput(
                f"the list unpacks to more than {limits.unpacked:,} bytes", remedy="is it the right file?"
            )
        if self.given > limits.ratio_from and self.given > limits.ratio * self.taken:
            raise InvalidInput(
                f"the list unpacks to more than {limits.ratio:,} times its size", remedy="is it the right file?"
            )


def _no_list() -> InvalidInput:
    return InvalidInput(
        "this is no list of packages: neither an object of JSON nor packed by gzip or brotli",
        remedy="give a channel's packages.json or packages.json.br, or what nix-env -qaP --json --meta prints",
    )


def _is_text(head: bytes) -> bool:
    """Whether a person could have written it; its last sign may be cut."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(sign.isprintable() or sign.isspace() for sign in text)


class _Plain:
    name = "JSON"
    is_finished = True

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]


class _Gzip:
    name = "gzip"

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_WINDOW)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._member.eof:
                # Several members stand one after the other; zeros may fill the last block of a tape.
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    return
                self._member = zlib.decompressobj(_WINDOW)
            try:
                yield self._member.decompress(chunk, PIECE)
            except zlib.error as error:
                raise ValueError(str(error)) from error
            chunk = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    @property
    def is_finished(self) -> bool:
        return self._member.eof


class _Brotli:
    name = "brotli"

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        try:
            while chunk or not self._stream.can_accept_more_data():
                yield self._stream.process(chunk, output_buffer_limit=PIECE)
                chunk = b""
        except brotli.error as error:
            raise ValueError(str(error)) from error

    @property
    def is_finished(self) -> bool:
        return bool(self._stream.is_finished())


def _recognised(head: bytes) -> Decompressor:
    """How a list is packed that begins so.

    Brotli has no sign of its own: it is what nothing else is. No brotli stream with anything in it begins as JSON
    objects do: a brace would be an empty one.
    """
    if head.startswith(_GZIP):
        return _Gzip()
    said = head.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANK)
    if said.startswith(b"{"):
        return _Plain()
    for sign, kind in _OTHERS.items():
        if said.startswith(sign):
            raise InvalidInput(
                f"this is {kind}, and no list of packages",
                remedy="give a packages.json as it is, or packed by gzip or brotli",
            )
    return _Brotli()
