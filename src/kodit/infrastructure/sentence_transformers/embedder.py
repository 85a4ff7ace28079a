"""Embeddings by a transformer that runs in this process, for those who installed the extra."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from kodit.domain.errors import InvalidInput
from kodit.domain.search.ports import Vector

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_REMEDY = 'pip install "kodit[sentence-transformers]"'


class SentenceTransformersEmbedder:
    """Embeds by any model that sentence-transformers can load: `model` is its name, or a directory.

    The library looks into its cache first and downloads what is missing, unless HF_HUB_OFFLINE=1 forbids it.
    Loading takes seconds, so it is put off until the first need: reading `model` or `dimension`, or embedding.
    Raises InvalidInput when the extra is not installed, or the model cannot be loaded.
    """

    def __init__(self, model: str, *, batch_size: int = 32) -> None:
        self._name = model
        self._batch_size = batch_size
        self._loading = Lock()
        self._model: _Model | None = None

    @property
    def model(self) -> str:
        """See the port. Names the dimension, which tells revisions of a model that changed it apart."""
        return f"sentence-transformers-{self._name}-{self.dimension}d"

    @property
    def dimension(self) -> int:
        """See the port."""
        return self._loaded().dimension

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """See the port. A text of white space alone gives the zero vector."""
        vectors: list[Vector] = []
        # Batch by batch, so that a cancelled task stops soon.
        for start in range(0, len(texts), self._batch_size):
            vectors += await asyncio.to_thread(self._embed, texts[start : start + self._batch_size])
        return vectors

    def _embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        model = self._loaded()
        storable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        encoded = model.transformer.encode(
            storable, batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        nothing = bytes(4 * model.dimension)
        return [
            vector.astype("<f4").tobytes() if text.strip() else nothing
            for text, vector in zip(texts, encoded, strict=True)
        ]

    def _loaded(self) -> "_Model":
        with self._loading:
            if self._model is None:
                self._model = _load(self._name)
            return self._model


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    transformer: "SentenceTransformer"
    dimension: int


def _load(name: str) -> _Model:
    try:
        from sentence_transformers import SentenceTransformer  # takes seconds
    except ImportError as error:
        raise InvalidInput("embedding by sentence-transformers needs an extra", remedy=_REMEDY) from error
    try:
        transformer = SentenceTransformer(name)
    except (OSError, ValueError) as error:
        remedy = "check its name or directory; without a network, it must be in the cache already"
        raise InvalidInput(f"the model {name} cannot be loaded: {error}", remedy=remedy) from error
    # The method that tells the dimension goes by different names in different releases; a vector always has it.
    return _Model(transformer, len(transformer.encode(["text"], show_progress_bar=False)[0]))
