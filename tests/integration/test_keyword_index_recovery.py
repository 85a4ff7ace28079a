"""The keyword index goes on after a writer that was killed."""

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.search.query import Document, Filters
from kodit.infrastructure.tantivy.keyword_index import TantivyKeywordIndex


def document(number: int) -> Document:
    return Document(
        snippet_id=number,
        index_id=1,
        path=f"{number}.py",
        language="python",
        symbol=None,
        kind=SnippetKind.BLOCK,
        content="some words",
    )


async def test_a_removal_whose_writer_was_killed_before_the_last_step_can_be_done_again(tmp_path):
    index = TantivyKeywordIndex(tmp_path)
    await index.update(1, add=map(document, range(1, 4)), remove=())
    [last_step] = tmp_path.glob("*/meta.json")
    before = last_step.read_bytes()
    await index.update(1, add=(), remove={1})
    last_step.write_bytes(before)

    again = TantivyKeywordIndex(tmp_path)
    await again.update(1, add=(), remove={1})

    assert {match.snippet_id for match in await again.search("words", filters=Filters(), limit=9)} == {2, 3}
