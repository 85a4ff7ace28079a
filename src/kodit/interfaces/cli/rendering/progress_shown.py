"""The progress of a run, shown as stderr can show it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kodit.infrastructure.clock import now

if TYPE_CHECKING:
    from kodit.application.following import Watcher


@contextmanager
def progress_shown() -> "Iterator[Watcher]":
    """While the block runs: bars on a terminal, else a line for each phase that is over."""
    begun = now()
    if not sys.stderr.isatty():
        from kodit.interfaces.cli.rendering.progress_lines import ProgressLines

        yield ProgressLines(begun)
        return
    from kodit.interfaces.cli.rendering.progress_bars import ProgressBars

    with ProgressBars(begun) as bars:
        yield bars
