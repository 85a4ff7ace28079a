"""What every tool is given, and what it gives."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kodit.application.asking.where import Where
from kodit.application.serving.freshness import Freshness
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.interfaces.mcp.freshness import freshness_line
from kodit.interfaces.mcp.sheet import USUAL_TOKENS, Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One call of a tool: who asks, when, and with which arguments.

    `work` sees to it that somebody works on what was queued, and tells whether it knows of somebody who does.
    """

    service: ServingApplicationService
    now: datetime
    given: Mapping[str, Any]
    work: Callable[[], Awaitable[bool]]

    @property
    def tokens(self) -> int:
        """How long the answer may be."""
        tokens: int = self.given.get("max_tokens", USUAL_TOKENS)
        return tokens

    @property
    def sources(self) -> tuple[str, ...]:
        """The source that was named, if any."""
        source = self.given.get("source", "")
        return (source,) if source else ()

    @property
    def where(self) -> Where:
        """What part of the code is asked about."""
        named = {"sources": self.sources}
        for several, name in (("languages", "language"), ("paths", "path_glob")):
            if value := self.given.get(name):
                named[several] = (value,)
        return Where(**named)

    async def sheet(self, source: str | None = None) -> Sheet:
        """An empty answer, which ends in how fresh is what it comes from: the sources asked, or the one that had it."""
        found = await self.freshness() if source is None else await self.service.freshness((source,))
        return Sheet(self.tokens, freshness_line(found, self.now), several=len(found) > 1)

    async def freshness(self) -> Sequence[Freshness]:
        """How fresh the sources are that are asked."""
        return await self.service.freshness(self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said, and the same for programs, where that is short."""

    text: str
    structured: dict[str, Any] | None = None


AnswerOf = Callable[[Asking], Awaitable[Answer]]
