"""Vectors by the hash of what they are made of: from what is stored, or by the embedder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from kodit.application.unit_of_work import Storage
from kodit.domain.errors import BadAnswer, InvalidInput
from kodit.domain.search.ports import Embedder, Vector

AT_ONCE = 1_000
"""Texts that the embedder is given at a time: what was made before it failed is stored."""


@dataclass(slots=True)
class MissingVectors:
    """Makes each vector once, and stores it under the hash of what was embedded before anything is done with it.

    `refused` says of the texts that have no vector why, by their keys.
    """

    storage: Storage
    embedder: Embedder
    refused: dict[str, str] = field(default_factory=dict)

    async def of(self, texts: Mapping[str, str]) -> Mapping[str, Vector]:
        """The vectors of texts by their keys; those that were refused are left out."""
        known = dict(await self.known(texts))
        lacking = {key: text for key, text in texts.items() if key not in known and key not in self.refused}
        return {**known, **await self.made(lacking)}

    async def known(self, keys: Collection[str]) -> Mapping[str, Vector]:
        """Those that are stored."""
        model, dimension = self.embedder.model, self.embedder.dimension
        async with self.storage.read() as unit:
            return await unit.embeddings.get(keys, model=model, dimension=dimension)

    async def made(self, texts: Mapping[str, str]) -> Mapping[str, Vector]:
        """Have the embedder make vectors, and store them."""
        vectors: dict[str, Vector] = {}
        keys = list(texts)
        for start in range(0, len(keys), AT_ONCE):
            some = {key: texts[key] for key in keys[start : start + AT_ONCE]}
            vectors |= await self._stored(some)
        return vectors

    async def store(self, vectors: Mapping[str, Vector]) -> None:
        """Keep vectors that somebody else has made."""
        if vectors:
            async with self.storage.write() as unit:
                await unit.embeddings.add(vectors, model=self.embedder.model, dimension=self.embedder.dimension)

    async def _stored(self, texts: Mapping[str, str]) -> Mapping[str, Vector]:
        try:
            vectors = dict(zip(texts, await self.embedder.embed(list(texts.values())), strict=True))
        except (BadAnswer, InvalidInput) as error:
            if len(texts) == 1:
                self.refused |= {key: f"{key[:12]}: {error}" for key in texts}
                return {}
            # One that is refused does not keep the others from their vectors.
            return {key: vector for one in texts for key, vector in (await self._stored({one: texts[one]})).items()}
        await self.store(vectors)
        return vectors
