"""Documents as posting lists."""

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.search.fields import Field
from kodit.domain.search.query import Document
from kodit.infrastructure.postgres.postings import LONGEST, MOST_FREQUENT, postings, storable


def document(content: str, symbol: str | None = None) -> Document:
    return Document(
        snippet_id=1,
        index_id=1,
        path="a.py",
        language="python",
        symbol=symbol,
        kind=SnippetKind.BLOCK,
        content=content,
    )


def test_a_posting_tells_the_document_the_length_and_the_frequency() -> None:
    made = postings([document("one two two"), document("two", "Two")], [7, 2**38])
    assert made.lists[Field.CONTENT] == {
        "one": [7 << 24 | 3 << 8 | 1],
        "two": [7 << 24 | 3 << 8 | 2, 2**62 | 1 << 8 | 1],
    }
    assert made.lists[Field.NAME] == {"two": [2**62 | 1 << 8 | 1]}
    assert made.lengths == [[3, 0, 2, 0], [1, 1, 2, 1]]


def test_what_is_too_much_for_a_posting_counts_as_the_most_that_it_takes() -> None:
    made = postings([document("one " * 70_000)], [1])
    assert made.lists[Field.CONTENT] == {"one": [1 << 24 | LONGEST << 8 | MOST_FREQUENT]}


def test_what_the_database_does_not_take_is_replaced() -> None:
    assert storable("a\0b\ud800é") == "a\ufffdb\ufffdé"
