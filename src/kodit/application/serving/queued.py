"""What came of asking for a source to be indexed."""

from dataclasses import dataclass

from kodit.domain.sources.source import Source
from kodit.domain.tasks.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A source whose indexing was queued, and the run that does it. `added` is set when the source is new."""

    source: Source
    run: Run
    added: bool
