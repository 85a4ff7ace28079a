"""Writing down what callers change."""

from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from kodit.domain.access.audit import Action, Visit

if TYPE_CHECKING:
    from kodit.application.engine import Kodit

P = ParamSpec("P")
T = TypeVar("T")

MANY = 50
"""More ids than so many are counted instead of told."""


class Served(Protocol):
    """What has a caller's change written down."""

    _engine: "Kodit"
    _visit: Visit


S = TypeVar("S", bound=Served)
Told = tuple[Action, str]
Change = Callable[Concatenate[S, P], Coroutine[Any, Any, T]]


def recorded(tell: Callable[..., Told]) -> Callable[[Change[S, P, T]], Change[S, P, T]]:
    """Around a method that changes something: also what is refused is written down.

    `tell` says what it is and what it is about, of the same arguments.
    """

    def around(method: Change[S, P, T]) -> Change[S, P, T]:
        @wraps(method)
        async def written_down(served: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            action, subject = tell(*args, **kwargs)
            async with served._engine.access().trail.doing(served._visit, action, subject):
                return await method(served, *args, **kwargs)

        return written_down

    return around


def ids_in_words(ids: Sequence[int]) -> str:
    """Which tasks, for an entry of the log."""
    shown = ", ".join(str(one) for one in ids[:MANY])
    return shown if len(ids) <= MANY else f"{shown} and {len(ids) - MANY:,} more"
