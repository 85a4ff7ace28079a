"""BM25_INDEX: bring the keyword index up to date."""

from collections.abc import Sequence

from kodit.application.indexing.models import DerivedModels
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.code.marks import Derived, Mark
from kodit.domain.code.snippet import StoredSnippet
from kodit.domain.search.ports import KeywordIndex
from kodit.domain.search.query import Document
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation

PAGE = 10_000
"""Snippets in one commit of the keyword index: a commit costs tens of milliseconds, a snippet about 2 kB of memory."""


async def bm25(work: Work, *, storage: Storage, keyword_index: KeywordIndex, models: DerivedModels) -> Outcome:
    """Index the snippets above the mark and remove the gone ones; entries of other indexes stay as they are.

    The mark follows each commit, so an attempt after a crash adds at most one page twice, which changes nothing.
    """
    index_id, model = work.index_id, models[Derived.KEYWORDS]
    async with storage.read() as unit:
        mark = await unit.snippets.mark(index_id, Derived.KEYWORDS, model=model)
        gone = await unit.snippets.gone(index_id)
        total = await unit.snippets.count_after(index_id, mark)
    async with work.progress.step(TaskOperation.CREATE_BM25_INDEX, total=total) as step:
        if mark == 0:
            await keyword_index.clear(index_id)
        remove = gone
        while True:
            async with storage.read() as unit:
                page = await unit.snippets.after(index_id, mark, limit=PAGE)
            if page or remove:
                await keyword_index.update(index_id, add=_documents(page), remove=remove)
            if not page:
                break
            mark, remove = page[-1].id, frozenset()
            async with storage.write() as unit:
                await unit.snippets.set_mark(
                    Mark(index_id=index_id, derived=Derived.KEYWORDS, model=model, snippet_id=mark)
                )
            await step.advance(len(page))
        if not total and not gone:
            await step.skip("no new snippets")
    return Done({"keywords_indexed": total, "keywords_removed": len(gone)})


def _documents(page: Sequence[StoredSnippet]) -> list[Document]:
    return [
        Document(
            snippet_id=stored.id,
            index_id=stored.index_id,
            path=stored.snippet.path,
            language=stored.snippet.language,
            symbol=stored.snippet.symbol,
            kind=stored.snippet.kind,
            content=stored.snippet.content,
        )
        for stored in page
    ]
