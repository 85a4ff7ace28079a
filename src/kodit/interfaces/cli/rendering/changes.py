"""What an operator changed, and what could not be changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from kodit.application.tasks.health import who_handles
from kodit.application.tasks.queue_service import Changed
from kodit.domain.tasks.task_type import FREE_FROM
from kodit.interfaces.cli.exit_codes import ExitCode, exit_code_of
from kodit.interfaces.cli.rendering.figures import counted
from kodit.interfaces.cli.rendering.streams import document, notice, say

MOST = 10
"""How many ids, and how many refusals, are told one by one."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What was done to what: `past` is its name in documents, `said` follows the number of `noun`s."""

    noun: str
    past: str
    said: str
    more: str = ""


RETRIED = Verb("task", "retried", "given new attempts")
DISCARDED = Verb("dead letter", "discarded", "discarded, with the runs that they ended")
CANCELLED = Verb("run", "cancelled", "cancelled", "what runs of them stops within a second or two")


def tell(changed: Changed, verb: Verb, *, as_json: bool) -> ExitCode:
    """Say what came of it; gives the exit code: that of the first refusal, if there is one."""
    refused = changed.refused
    if as_json:
        reasons = [{"id": one, "reason": str(error), "remedy": error.remedy} for one, error in refused.items()]
        document({verb.past: changed.done, "about": changed.about, "refused": reasons})
    elif len(refused) == 1 and not changed.done:
        raise next(iter(refused.values()))
    else:
        _say(changed, verb)
    return exit_code_of(next(iter(refused.values()))) if refused else ExitCode.OK


def _say(changed: Changed, verb: Verb) -> None:
    done = changed.done
    which = f" ({', '.join(f'{one} {changed.about[one]}' for one in done)})" if 0 < len(done) <= MOST else ""
    more = [*([verb.more] if verb.more and done else []), *_doers(changed)]
    say("; ".join([f"{counted(len(done), verb.noun)} {verb.said}{which}", *more]))
    for error in list(changed.refused.values())[:MOST]:
        notice(f"not {verb.past}: {error}{f' (remedy: {error.remedy})' if error.remedy else ''}")
    if len(changed.refused) > MOST:
        notice(f"not {verb.past}: {len(changed.refused) - MOST:,} more; --json has everything")


def _doers(changed: Changed) -> Sequence[str]:
    """Who carries out what waits again."""
    others = sorted({who_handles(kind) for kind in changed.types if kind >= FREE_FROM})
    kodit = ["work the queue off with: kodit worker --drain"] if any(kind < FREE_FROM for kind in changed.types) else []
    return [*kodit, *(f"to be worked off by {other}" for other in others)]
