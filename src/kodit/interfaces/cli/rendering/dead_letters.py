"""What failed for good."""

from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.views import DeadLetter
from kodit.interfaces.cli.rendering.figures import moment
from kodit.interfaces.cli.rendering.streams import is_terminal, notice
from kodit.interfaces.cli.rendering.tables import Fit, shortened, table

ABOUT = 20
"""Characters of what a task is about that a terminal shows, so that there is room for what went wrong."""

_HEADER = ("task", "run", "type", "about", "attempts", "died_at", "worker", "why")
_FIT = Fit(
    first=("task", "why", "type", "about", "attempts", "died_at", "run", "worker"), elastic="why", folds=True, least=30
)


def dead_letter_entry(letter: DeadLetter) -> Mapping[str, Any]:
    """One dead letter as a JSON document has it."""
    return {
        "task": letter.id,
        "run": letter.run_id,
        "type": letter.type,
        "source": letter.source,
        "key": letter.dedup_key,
        "attempts": letter.attempts,
        "max_attempts": letter.max_attempts,
        "died_at": letter.died_at,
        "worker": letter.worker,
        "kind": letter.kind,
        "message": letter.message,
        "remedy": letter.remedy,
    }


def show_dead_letters(letters: Sequence[DeadLetter], *, limit: int) -> None:
    """Dead letters, one a line."""
    if not letters:
        notice("no such dead letters")
        return
    table(
        _HEADER,
        [
            (
                letter.id,
                letter.run_id,
                letter.type.name,
                shortened(letter.about, ABOUT) if is_terminal() else letter.about,
                f"{letter.attempts}/{letter.max_attempts}",
                moment(letter.died_at),
                letter.worker or "-",
                f"{letter.message}{f' (remedy: {letter.remedy})' if letter.remedy else ''}",
            )
            for letter in letters
        ],
        fit=_FIT,
    )
    if len(letters) == limit:
        notice(f"the last {limit:,}; more of them: --limit")
    if is_terminal():
        notice("one in full: kodit queue show TASK; once the cause is gone: kodit queue retry TASK, or --all")
