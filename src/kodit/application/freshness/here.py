"""Which sources this machine can read."""

import asyncio
from collections.abc import Callable

from kodit.domain.errors import KoditError
from kodit.domain.sources.reading import LookAtPath
from kodit.domain.sources.schedule import Schedule
from kodit.domain.sources.source import Source, SourceKind


class Here:
    """A repository can be cloned anywhere; a directory is read by the machine that it was indexed on.

    A directory that nobody has queued since it is remembered where that was belongs to whoever has one at its place.
    """

    def __init__(self, machine: Callable[[], str], look_at_path: LookAtPath) -> None:
        self._machine = machine
        self._look_at_path = look_at_path

    async def has(self, source: Source, schedule: Schedule) -> bool:
        """Whether this machine is to read it. Raises nothing: what may not be looked at is not here."""
        if source.kind is not SourceKind.DIRECTORY:
            return True
        if schedule.place:
            return schedule.place == self._machine()
        return await asyncio.to_thread(self._is_directory, source.location)

    def _is_directory(self, location: str) -> bool:
        try:
            facts = self._look_at_path(location)
        except KoditError:
            return False
        return facts is not None and facts.is_directory
