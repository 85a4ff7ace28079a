"""What the keyword index holds of a document, and what a query asks of it: the same for every keyword index.

A document is scored field by field by BM25 and the fields' scores are added up, each times its weight.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from kodit.domain.search.query import Document
from kodit.domain.search.tokens import query_tokens, runs, spaced, words

K1 = 1.2
"""How soon more of the same token stops to matter; Robertson and Zaragoza (2009), section 3.5.2, give 1.2 to 2."""

B = 0.75
"""How much long documents are held back (same source)."""

MOST_QUERY_TOKENS = 64
"""Tokens of one query; what follows is left out. Questions have ten; this is for pasted code."""


class Field(StrEnum):
    """The parts of a document that are scored apart."""

    CONTENT = "content"
    SYMBOL = "symbol"
    """The qualified name of what is defined, and its parts."""
    PATH = "path_words"
    NAME = "name"
    """The unqualified name of what is defined, whole: for queries that name it exactly."""


WEIGHTS: Mapping[Field, float] = {Field.CONTENT: 1.0, Field.SYMBOL: 1.0, Field.PATH: 0.5, Field.NAME: 4.0}
"""A definition's own name says more than a mention; its path says less, as it is the same for a whole file."""


def document_fields(document: Document) -> Mapping[Field, str]:
    """The tokens of each field with spaces between them."""
    symbol = document.symbol or ""
    return {
        Field.CONTENT: spaced(document.content),
        Field.SYMBOL: spaced(symbol),
        Field.PATH: spaced(document.path),
        Field.NAME: "".join(words(symbol)[-1:]).casefold(),
    }


def query_terms(text: str) -> Sequence[tuple[Field, str]]:
    """What a query looks for: each pair once."""
    asked = query_tokens(text)[:MOST_QUERY_TOKENS]
    meant = dict.fromkeys([*names_in(text), *(name for run in runs(text) for name in ("".join(run), "_".join(run)))])
    names = [(Field.NAME, name) for name in list(meant)[:MOST_QUERY_TOKENS]]
    return names + [(field, token) for token in asked for field in (Field.CONTENT, Field.SYMBOL, Field.PATH)]


def names_in(text: str) -> Sequence[str]:
    """The words of a query that are meant as names of code, in lower case, each once.

    The only word of a query is one; of several, those that no natural word looks like: `getUser`, `get_user`, `x2`.
    """
    found = words(text)
    return list(dict.fromkeys(word.casefold() for word in found if len(found) == 1 or _looks_like_code(word)))


def _looks_like_code(word: str) -> bool:
    return not word.isalpha() or not (word.islower() or word.isupper() or word[1:].islower() or len(word) == 1)
