"""What searching needs from the world."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from kodit.domain.search.query import Document, Filters, Match

Vector = bytes
"""A vector of unit length as little-endian float32: 4 bytes a component."""


class VectorKind(StrEnum):
    """What was embedded."""

    CODE = "code"
    TEXT = "text"


class KeywordIndex(Protocol):
    """BM25 over the tokens of code, for all sources together. Held to tests/contracts/test_keyword_index.py."""

    async def update(self, index_id: int, *, add: Iterable[Document], remove: Collection[int]) -> None:
        """Add documents and remove snippet ids, all or nothing; doing it twice is the same as once.

        Documents of other indexes stay as they are. Raises Locked when another process writes for too long,
        StorageFull when the disk is full.
        """
        ...

    async def search(self, text: str, *, filters: Filters, limit: int) -> Sequence[Match]:
        """The best `limit` documents that pass the filters, best first, of equals the lower id first.

        Any string is legal; one without tokens finds nothing.
        """
        ...

    async def clear(self, index_id: int) -> None:
        """Remove every document of one index."""
        ...

    async def ids(self, index_id: int) -> frozenset[int]:
        """The snippet ids held for one index, for checks and repairs."""
        ...

    async def ranking(self) -> str:
        """How documents are ranked, in words for people."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors. Held to tests/contracts/test_embedder.py."""

    @property
    def model(self) -> str:
        """Names the model, its version and whatever else changes its vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Components of each vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """One vector for each text, in order. A text without a known token gives the zero vector."""
        ...


class VectorIndex(Protocol):
    """Nearest neighbours by cosine, for each index and kind. Held to tests/contracts/test_vector_index.py.

    They are exact where few vectors are held; where many are, an implementation may miss a few of them and says so.
    It is derived: everything in it can be written again from the database.
    """

    async def held(self, index_id: int, kind: VectorKind, *, model: str) -> frozenset[int]:
        """The snippet ids it has for this model."""
        ...

    async def update(
        self,
        index_id: int,
        kind: VectorKind,
        *,
        model: str,
        dimension: int,
        add: Iterable[tuple[int, int, Vector]],
        remove: Collection[int],
    ) -> None:
        """Add (snippet id, file id, vector) triples and remove snippet ids, all or nothing.

        Vectors of another model or dimension held for this index and kind are dropped.
        """
        ...

    async def search(
        self,
        vector: Vector,
        *,
        kind: VectorKind,
        model: str,
        index_ids: Collection[int],
        file_ids: Collection[int] | None,
        snippet_ids: Collection[int] | None = None,
        limit: int,
    ) -> Sequence[Match]:
        """The `limit` nearest by cosine among the files and snippets given (None: all), best first, equals by lower id.

        A snippet whose vector is zero, or a zero query, is never found.
        """
        ...

    async def clear(self, index_id: int) -> None:
        """Remove every vector of one index."""
        ...


class EmbeddingRepository(Protocol):
    """Vectors by the hash of what was embedded. Held to tests/contracts/test_embedding_repository.py."""

    async def get(self, hashes: Collection[str], *, model: str, dimension: int) -> Mapping[str, Vector]:
        """The vectors that are there, by hash."""
        ...

    async def add(self, vectors: Mapping[str, Vector], *, model: str, dimension: int) -> None:
        """Store vectors; one that is there already stays."""
        ...
