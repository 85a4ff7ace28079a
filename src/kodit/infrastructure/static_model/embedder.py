"""The embedder that comes with kodit: one vector for each word piece, averaged. No network, no start-up, no GPU."""

import asyncio
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from kodit.domain.errors import InvalidInput
from kodit.domain.search.ports import Vector
from kodit.domain.search.tokens import parts, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_PREPROCESSING = 1
"""Changes with how a text becomes word pieces and weights, because the vectors change with it."""

_TEXTS_AT_ONCE = 256
_CACHED_WORDS = 100_000

_SHIPPED = Path(__file__).parent / "minilm"


class StaticEmbedder:
    """Embeds by a table of word pieces: see `model.json` beside the table for where it comes from.

    A directory holds `model.json` (name, version, dimension), `tokenizer.json` (word pieces whose ids are the
    table's rows), `table.npy` (int8) and `scales.npy` (float32: what each row is multiplied by, the weight of its
    word piece included). Raises InvalidInput for a directory that does not.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or _SHIPPED
        try:
            described = json.loads((self._directory / "model.json").read_text(encoding="utf-8"))
            self._model = f"{described['name']}-{described['version']}-{described['dimension']}d-p{_PREPROCESSING}"
            self._dimension = int(described["dimension"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _unusable(self._directory, error) from error
        self._loading = Lock()
        self._table: _Table | None = None

    @property
    def model(self) -> str:
        """See the port."""
        return self._model

    @property
    def dimension(self) -> int:
        """See the port."""
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """See the port."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            vectors += await asyncio.to_thread(self._embed, texts[start : start + _TEXTS_AT_ONCE])
        return vectors

    def _embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        with self._loading:
            if self._table is None:
                self._table = _loaded(self._directory, self._dimension)
            table = self._table
        return [table.vector(text) for text in texts]


@dataclass(slots=True, eq=False)
class _Table:
    rows: "NDArray[np.int8]"
    scales: "NDArray[np.float32]"
    pieces: "_Pieces"

    def vector(self, text: str) -> Vector:
        """The weighted mean of a text's word pieces, at unit length.

        A piece seen n times counts 1 + ln n times: the usual damping of term frequency (Manning, Raghavan and
        Schuetze, Introduction to Information Retrieval, section 6.4.1).
        """
        import numpy as np

        counts = self.pieces.counted(text)
        ids = np.fromiter(counts, np.intp, len(counts))
        weights = self.scales[ids] * np.array([1 + math.log(count) for count in counts.values()], np.float32)
        total = weights @ self.rows[ids].astype(np.float32)
        length = math.sqrt(total @ total)
        unit = total / length if length else total
        return unit.astype("<f4").tobytes()


class _Pieces:
    """The word pieces of texts, remembered for each word: code repeats few words very often."""

    def __init__(self, tokenizer: "Tokenizer") -> None:
        self._tokenizer = tokenizer
        self._unknown = tokenizer.token_to_id("[UNK]")
        self._known: dict[str, tuple[int, ...]] = {}

    def counted(self, text: str) -> dict[int, int]:
        """How often each word piece stands in the text, in order of appearance."""
        found: dict[int, int] = {}
        for word, times in Counter(words(text)).items():
            pieces = self._known.get(word)
            for piece in pieces if pieces is not None else self._learn(word):
                found[piece] = found.get(piece, 0) + times
        return found

    def _learn(self, word: str) -> tuple[int, ...]:
        ids = self._tokenizer.encode(" ".join(parts(word)), add_special_tokens=False).ids
        pieces = tuple(piece for piece in ids if piece != self._unknown)
        if len(self._known) >= _CACHED_WORDS:
            self._known.clear()
        self._known[word] = pieces
        return pieces


def _loaded(directory: Path, dimension: int) -> _Table:
    import numpy as np
    from tokenizers import Tokenizer

    try:
        # Mapped, so that processes share it and only the rows in use are read.
        rows: Any = np.load(directory / "table.npy", mmap_mode="r").view(np.ndarray)
        scales: Any = np.load(directory / "scales.npy")
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    except Exception as error:  # the tokenizers library raises nothing more precise
        raise _unusable(directory, error) from error
    if rows.shape != (tokenizer.get_vocab_size(), dimension) or scales.shape != rows.shape[:1]:
        raise _unusable(directory, "its table has another size than its vocabulary")
    return _Table(rows, scales, _Pieces(tokenizer))


def _unusable(directory: Path, reason: object) -> InvalidInput:
    return InvalidInput(
        f"no static embedding model in {directory}: {reason}",
        remedy="leave the setting empty for the model that comes with kodit, or name a directory with model.json,"
        " tokenizer.json, table.npy and scales.npy",
    )
