"""The queue as a whole and the server itself, for a caller who sees all sources."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kodit.domain.access.scope import Scope

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.installation import Installation, ShownSetting
    from kodit.application.tasks.statistics import QueueStatistics
    from kodit.domain.access.caller import Caller
    from kodit.domain.tasks.claim import Control


class ServerAsking:
    """What concerns every source at once. Each method raises Refused without its scope."""

    def __init__(self, engine: "Kodit", caller: "Caller") -> None:
        self._engine = engine
        self._caller = caller

    async def statistics(self) -> "QueueStatistics":
        """The queue in numbers."""
        self._must(Scope.READ)
        return await self._engine.overview.statistics()

    async def controls(self) -> "Sequence[Control]":
        """What is paused or limited."""
        self._must(Scope.READ)
        return await self._engine.queue.controls()

    async def installation(self) -> "Installation":
        """Where everything is, and with which versions."""
        self._must(Scope.ADMIN)
        return await self._engine.installation()

    async def settings(self) -> "Sequence[ShownSetting]":
        """Every setting in effect; secrets are masked."""
        self._must(Scope.ADMIN)
        return self._engine.settings()

    def _must(self, scope: Scope) -> None:
        self._caller.must(scope)
        self._caller.must_see_all()
