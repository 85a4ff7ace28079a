"""What a list is: told by the SHA-256 of its JSON, so that packing it anew makes no other list of it."""

import hashlib
from pathlib import Path

from kodit.domain.errors import InvalidInput
from kodit.infrastructure.channels.unpacking import Limits, Unpacker

CHUNK = 1 << 18
"""Bytes that are read at a time."""

_BLANK = b" \t\r\n"


class Measure:
    """Takes a list as it comes. Raises InvalidInput for what cannot be one, as soon as that can be told."""

    def __init__(self, limits: Limits) -> None:
        self._unpacker = Unpacker(limits)
        self._hash = hashlib.sha256()
        self._last = b""

    def feed(self, chunk: bytes) -> None:
        """Take some bytes, as they are published."""
        for piece in self._unpacker.feed(chunk):
            self._take(piece)

    def digest(self) -> str:
        """The SHA-256, in hexadecimal, of its JSON, once everything has come."""
        for piece in self._unpacker.finish():
            self._take(piece)
        if self._last != b"}":
            raise InvalidInput(
                f"the list ends in the middle, at byte {self._unpacker.given:,}", remedy="fetch it again"
            )
        return self._hash.hexdigest()

    def _take(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._last = piece.rstrip(_BLANK)[-1:] or self._last


def measured(path: Path, limits: Limits) -> str:
    """The SHA-256 of the JSON in a file."""
    measure = Measure(limits)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            measure.feed(chunk)
    return measure.digest()
