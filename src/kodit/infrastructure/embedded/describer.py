"""Describing snippets by kodit's own rules: always there, offline, in microseconds."""

import asyncio
from collections.abc import Sequence

from kodit.domain.code.snippet import Snippet
from kodit.domain.enrichment.description import RULES, describe


class EmbeddedDescriber:
    """Applies `kodit.domain.enrichment.description` in a thread, so that the event loop stays free."""

    model = RULES

    async def describe(self, snippets: Sequence[Snippet]) -> Sequence[str]:
        """One short text for each snippet, in order. Never fails."""
        return await asyncio.to_thread(lambda: [describe(snippet) for snippet in snippets])
