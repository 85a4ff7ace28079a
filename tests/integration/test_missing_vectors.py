"""Vectors that are made once, whatever else is refused."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from kodit.application.indexing.missing_vectors import MissingVectors
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import InvalidInput
from kodit.domain.search.ports import Vector
from kodit.infrastructure.memory.embedder import HashingEmbedder
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.unit_of_work import SqlStorage

TEXTS = {f"key{number}": f"package number {number}" for number in range(5)}


class Counting(HashingEmbedder):
    """Remembers what it was asked, and refuses what is poison."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        if any("poison" in text for text in texts):
            raise InvalidInput("the text is not taken")
        self.asked += texts
        return await super().embed(texts)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'kodit.db'}")
    await upgrade(database)
    yield SqlStorage(database)
    await database.close()


async def test_what_is_refused_keeps_nothing_else_from_its_vector_and_never_gets_one(storage: Storage) -> None:
    embedder = Counting()
    vectors = MissingVectors(storage, embedder)
    texts = {**TEXTS, "bad": "poison"}
    assert (await vectors.of(texts)).keys() == TEXTS.keys()
    assert vectors.refused == {"bad": "bad: the text is not taken"}
    assert (await vectors.of(texts)).keys() == TEXTS.keys()
    assert sorted(embedder.asked) == sorted(TEXTS.values())


async def test_what_was_embedded_once_is_not_embedded_again(storage: Storage) -> None:
    await MissingVectors(storage, Counting()).of(TEXTS)
    embedder = Counting()
    assert len(await MissingVectors(storage, embedder).of({**TEXTS, "new": "another"})) == len(TEXTS) + 1
    assert embedder.asked == ["another"]
