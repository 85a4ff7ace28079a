"""Which sources this machine can read."""

import asyncio
from collections.abc import Callable

from kodit.domain.errors import KoditError
from kodit.domain.sources.reading import LookAtPath
from kodit.domain.sources.schedule import Schedule
from kodit.domain.sources.source import Source, SourceKind


class Here:
    """What lies on a disk is read by the machine that it was indexed on; all else can be had anywhere.

    What nobody has queued since it is remembered where that was belongs to whoever has something at its place.
    """

    def __init__(self, machine: Callable[[], str], look_at_path: LookAtPath) -> None:
        self._machine = machine
        self._look_at_path = look_at_path

    async def has(self, source: Source, schedule: Schedule) -> bool:
        """Whether this machine is to read it. Raises nothing: what may not be looked at is not here."""
        if not source.lies_on_disk:
            return True
        if schedule.place:
            return schedule.place == self._machine()
        return await asyncio.to_thread(self._is_there, source)

    def _is_there(self, source: Source) -> bool:
        try:
            facts = self._look_at_path(source.repository)
        except KoditError:
            return False
        return facts is not None and (facts.is_directory or source.kind is SourceKind.NIXPKGS_CHANNEL)
