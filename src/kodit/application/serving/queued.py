"""What came of asking for a source to be indexed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kodit.domain.sources.source import Source
from kodit.domain.tasks.run import Run

if TYPE_CHECKING:
    from kodit.application.engine import Kodit


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A source whose indexing was queued, and the run that does it.

    `added` is set when the source is new, `already` when the run had been queued before.
    """

    source: Source
    run: Run
    added: bool
    already: bool = False


async def queued(engine: "Kodit", source: Source, *, added: bool) -> Queued:
    """Have a source indexed because somebody asks for it."""
    live = await engine.indexing.live_run(source.id)
    run = await engine.indexing.queue_index_tasks(source.id, is_user_initiated=True)
    return Queued(source=source.as_told, run=run, added=added, already=live is not None and live.id == run.id)
