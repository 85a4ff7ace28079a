"""An embedder without a model: what every embedder promises, in a few lines."""

import hashlib
import math
import struct
from collections.abc import Sequence

from kodit.domain.search.ports import Vector
from kodit.domain.search.tokens import tokens


class HashingEmbedder:
    """Texts are near to each other as far as they share tokens: each token adds or takes one somewhere.

    After Weinberger et al. (2009), feature hashing. It knows no meaning, and needs nothing.
    """

    def __init__(self, dimension: int = 64) -> None:
        self._dimension = dimension

    @property
    def model(self) -> str:
        """See the port."""
        return f"hashing-1-{self._dimension}d"

    @property
    def dimension(self) -> int:
        """See the port."""
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """See the port."""
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Vector:
        numbers = [0.0] * self._dimension
        for token in tokens(text):
            digest = int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "big")
            numbers[(digest >> 1) % self._dimension] += 1 if digest & 1 else -1
        length = math.hypot(*numbers) or 1.0
        return struct.pack(f"<{self._dimension}f", *(number / length for number in numbers))
