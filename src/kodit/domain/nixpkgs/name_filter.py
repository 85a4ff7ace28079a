"""A set of names that takes ten bits a name, and can tell for certain what is not in it."""

import hashlib
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Self

FALSE_POSITIVES = 0.005
"""The share of other names that are taken for one of the set's, as it is designed: half of what is promised, so that
chance does not break the promise of one in a hundred."""

PROMISED = 0.01
"""The share that is promised."""

_HEAD = Struct("<4sIQ")
_FORM = b"knf1"
_MOST_HASHES = 64


@dataclass(frozen=True, slots=True)
class NameFilter:
    """A Bloom filter (Bloom, 1970). A name that was put in is always found; `hashes` bits stand for each name."""

    bits: bytes
    hashes: int

    @classmethod
    def of(cls, names: Collection[str], *, false_positives: float = FALSE_POSITIVES) -> Self:
        """A filter of these names, of m = -n ln p / (ln 2)^2 bits and k = m/n ln 2 hashes.

        That is the smallest for n names at a rate p of false positives: Broder and Mitzenmacher, "Network applications
        of Bloom filters" (2004), section 2.
        """
        count = max(1, len(names))
        size = math.ceil(-count * math.log(false_positives) / math.log(2) ** 2 / 8)
        hashes = max(1, round(8 * size / count * math.log(2)))
        bits = bytearray(size)
        for name in names:
            for at in _places(name, hashes, 8 * size):
                bits[at >> 3] |= 1 << (at & 7)
        return cls(bytes(bits), hashes)

    @classmethod
    def read(cls, written: bytes) -> Self | None:
        """A filter as it was written, None for what is none or was written otherwise."""
        if len(written) <= _HEAD.size:
            return None
        form, hashes, size = _HEAD.unpack_from(written)
        bits = written[_HEAD.size :]
        return cls(bits, hashes) if form == _FORM and len(bits) == size and 0 < hashes <= _MOST_HASHES else None

    def written(self) -> bytes:
        """As bytes, to be read again."""
        return _HEAD.pack(_FORM, self.hashes, len(self.bits)) + self.bits

    def may_have(self, name: str) -> bool:
        """False for what was certainly not put in."""
        bits = self.bits
        return all(bits[at >> 3] & 1 << (at & 7) for at in _places(name, self.hashes, 8 * len(bits)))


def _places(name: str, hashes: int, size: int) -> Iterator[int]:
    """A name's bits, by double hashing: h1 + i h2 for i below `hashes`.

    Kirsch and Mitzenmacher, "Less hashing, same performance" (2006), show that this is as good as so many independent
    hashes. The step is odd, so that it is never 0.
    """
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    at = int.from_bytes(digest[:8], "little")
    step = int.from_bytes(digest[8:], "little") | 1
    for _ in range(hashes):
        yield at % size
        at += step
