"""What Titan Text Embeddings V2 is asked, and what it answers: the same one by one and in batches."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kodit.domain.errors import BadAnswer
from kodit.domain.search.ports import Vector

LONGEST = 8_000
"""Bytes of a text that are sent. The model takes 8,192 tokens and 50,000 characters, and a token is a byte at least, so
that no text is ever too long; "Amazon Titan Text Embeddings V2" of Bedrock's guide."""


def request(text: str, dimension: int) -> Mapping[str, Any]:
    """What is asked for one text."""
    sent = text.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
    return {"inputText": sent, "dimensions": dimension, "normalize": True}


def vector_of(answer: object, dimension: int) -> Vector:
    """The vector in an answer. Raises BadAnswer for what is none of this dimension."""
    given = answer.get("embedding") if isinstance(answer, Mapping) else None
    if not isinstance(given, list):
        raise BadAnswer("an answer without a vector")
    if len(given) != dimension:
        raise BadAnswer(f"a vector of {len(given)} numbers and not {dimension}")
    try:
        numbers = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadAnswer("a vector of something else than numbers") from None
    with np.errstate(over="ignore"):
        length = float(np.linalg.norm(numbers)) if np.isfinite(numbers).all() else 0.0
    if not 0 < length < np.inf:
        raise BadAnswer("a vector without a direction")
    vector: bytes = (numbers / length).astype("<f4").tobytes()
    return vector
