"""What a gate goes by, made from the settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kodit.domain.errors import InvalidInput, Refused
from kodit.interfaces.gate.hosts import Network, authority_of, is_loopback, network_of

if TYPE_CHECKING:
    from kodit.application.access.access import Access
    from kodit.settings import Settings


class KeysFor(StrEnum):
    """Who needs a key."""

    EXPOSED = "exposed"
    """Whoever calls a server that can be reached from other machines."""
    ALWAYS = "always"
    """Everybody, also on this machine."""
    NEVER = "never"
    """Nobody; without one, nothing can be done that takes the scope ADMIN, but on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """Who is let in, and how much they may send.

    `exposed` is set for a server that other machines can reach; `names` are those of the server besides the machine's
    own, `origins` the pages of other servers whose scripts may ask. `proxies` are believed what they say of whom they
    ask for. `pages` is set where there is a page to log in at. Limits of 0 are none.
    """

    exposed: bool = False
    keys_for: KeysFor = KeysFor.EXPOSED
    names: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = ()
    pages: bool = True
    body_bytes: int = 1_048_576
    address_per_minute: int = 1200

    @property
    def trusts_this_machine(self) -> bool:
        """Whether somebody on this machine needs no key. Where there is a proxy, everybody seems to be on it."""
        return not self.exposed and self.keys_for is not KeysFor.ALWAYS and not self.proxies

    @property
    def needs_keys(self) -> bool:
        """Whether nobody is let in without one."""
        return self.keys_for is not KeysFor.NEVER and not self.trusts_this_machine


def gate_rules(settings: "Settings") -> GateRules:
    """The rules that settings make. Raises InvalidInput."""
    return GateRules(
        exposed=not is_loopback(settings.host.lower()),
        keys_for=KeysFor(settings.require_keys),
        names=frozenset(name.lower().rstrip(".") for name in _listed(settings.server_names)),
        origins=frozenset(_origin(text) for text in _listed(settings.cors_origins)),
        proxies=tuple(network_of(text) for text in _listed(settings.trusted_proxies)),
        pages=settings.web_enabled,
        body_bytes=settings.body_kilobytes * 1024,
        address_per_minute=settings.address_per_minute,
    )


async def must_have_keys(rules: GateRules, access: "Access") -> None:
    """Raises Refused for a server that nobody could use, as it takes a key and there is none."""
    if rules.needs_keys and not await access.keys.any_usable():
        why = "can be reached from other machines" if rules.exposed else "lets nobody in without a key"
        alone = ", or serve this machine alone: --host 127.0.0.1" if rules.exposed else ""
        raise Refused(
            f"this server {why}, and there is no key yet", remedy=f"kodit keys create NAME --scope read{alone}"
        )


def _listed(text: str | None) -> Sequence[str]:
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _origin(text: str) -> str:
    """An origin as browsers spell it. Raises InvalidInput."""
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("http", "https") and parts.hostname and text == f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        right = False
    if not right:
        raise InvalidInput(
            f"cors_origins has {text[:60]}, which is no origin", remedy="such as https://example.org, without a path"
        )
    return f"{parts.scheme}://{authority_of(parts.netloc)}"
