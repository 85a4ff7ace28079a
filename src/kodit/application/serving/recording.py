"""Writing down what callers change."""

from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from kodit.domain.access.audit import Action

P = ParamSpec("P")
T = TypeVar("T")

MANY = 50
"""More ids than so many are counted instead of told."""


Told = tuple[Action, str]
Change = Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]


def recorded(tell: Callable[..., Told]) -> Callable[[Change[P, T]], Change[P, T]]:
    """Around a method of the serving application service that changes something: also what is refused is written down.

    `tell` says what it is and what it is about, of the same arguments.
    """

    def around(method: Change[P, T]) -> Change[P, T]:
        @wraps(method)
        async def written_down(served: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
            action, subject = tell(*args, **kwargs)
            async with served._engine.access().trail.doing(served._visit, action, subject):
                return await method(served, *args, **kwargs)

        return written_down

    return around


def ids_in_words(ids: Sequence[int]) -> str:
    """Which tasks, for an entry of the log."""
    shown = ", ".join(str(one) for one in ids[:MANY])
    return shown if len(ids) <= MANY else f"{shown} and {len(ids) - MANY:,} more"
