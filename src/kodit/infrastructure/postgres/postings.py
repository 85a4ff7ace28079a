"""Documents as posting lists, as the keyword index's tables hold them.

A posting is one number: the document's number, the length of its field, and how often the token stands in it. So a
document is scored without being read. PostgreSQL's own `tsvector` keeps frequencies too, but in the document: its
index finds the documents, and then each of them must be unpacked.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kodit.domain.search.fields import Field, document_fields
from kodit.domain.search.query import Document

NUMBERS: Mapping[Field, int] = {name: number for number, name in enumerate(Field, start=1)}
"""Fields in the tables; a document's lengths stand in this order."""

FREQUENCY_BITS = 8
LENGTH_BITS = 16
MOST_FREQUENT = (1 << FREQUENCY_BITS) - 1
"""A token that stands more often in one field counts as often as this: BM25 hardly tells them apart."""
LONGEST = (1 << LENGTH_BITS) - 1
"""Tokens of a field; a longer one counts as this long."""

_UNSTORABLE = re.compile("[\0\x1a\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Postings:
    """The lengths of some documents' fields, and for each field the posting list of each token."""

    lengths: Sequence[Sequence[int]]
    lists: Mapping[Field, Mapping[str, Sequence[int]]]


def postings(documents: Sequence[Document], numbers: Sequence[int]) -> Postings:
    """The postings of some documents, of which each has a number."""
    lengths: list[list[int]] = []
    lists: dict[Field, defaultdict[str, list[int]]] = {name: defaultdict(list) for name in Field}
    for document, number in zip(documents, numbers, strict=True):
        own = []
        for name, spaced in document_fields(document).items():
            tokens = spaced.split()
            length = min(len(tokens), LONGEST)
            packed = (number << LENGTH_BITS | length) << FREQUENCY_BITS
            held = lists[name]
            for token, frequency in Counter(tokens).items():
                held[token].append(packed | (frequency if frequency < MOST_FREQUENT else MOST_FREQUENT))
            own.append(length)
        lengths.append(own)
    return Postings(lengths, lists)


def storable(text: str) -> str:
    """The text without what PostgreSQL, or the way to it, does not take as it is."""
    return _UNSTORABLE.sub("\ufffd", text)
