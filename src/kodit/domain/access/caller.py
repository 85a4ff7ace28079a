"""Who asks a server."""

from dataclasses import dataclass

from kodit.domain.access.scope import Scope
from kodit.domain.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: by name, with what they may do, and the only sources that exist for them.

    `sources` is None where every source does, also those still to come. Without any scope they may do nothing, and with
    an empty set of sources they see none. `key_id` is that of the key that they show.
    """

    name: str
    scopes: frozenset[Scope]
    sources: frozenset[str] | None = None
    key_id: str | None = None

    def must(self, scope: Scope) -> None:
        """Raises Refused unless they have the scope."""
        if scope not in self.scopes:
            raise Refused(
                f"{self.name} may not do this: it takes the scope {scope.value}",
                remedy=f"use a key with that scope: kodit keys create NAME --scope {scope.value}",
            )

    def must_see_all(self) -> None:
        """Raises Refused unless every source exists for them."""
        if self.sources is not None:
            raise self.limited()

    def limited(self) -> Refused:
        """Why what concerns every source is not for a caller who sees some of them."""
        return Refused(f"{self.name} is for some sources only", remedy="use a key that is for all sources")

    def sees(self, source: str) -> bool:
        """Whether a source exists for them."""
        return self.sources is None or source in self.sources


LOCAL = Caller(name="local", scopes=frozenset(Scope))
"""Whoever is on this machine already: may do everything."""

NOBODY = Caller(name="nobody", scopes=frozenset(), sources=frozenset())
"""Whoever asks for what is open to all: may do nothing and sees nothing."""

ANYBODY = Caller(name="anybody", scopes=frozenset({Scope.READ, Scope.WRITE}))
"""Whoever calls a server whose settings ask nobody for a key. What takes ADMIN takes a key even there."""
