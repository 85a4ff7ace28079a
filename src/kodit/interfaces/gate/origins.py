"""What pages of other servers make browsers ask of this one."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from kodit.interfaces.gate.arrival import Arrival
from kodit.interfaces.gate.asgi import TurnedAway
from kodit.interfaces.gate.hosts import authority_of, is_address, is_loopback
from kodit.interfaces.gate.rules import GateRules

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = (
    "Authorization, Content-Type, If-None-Match, Last-Event-ID, MCP-Protocol-Version, MCP-Session-Id, X-Request-Id"
)
ANSWER_HEADERS = "ETag, Link, Location, MCP-Session-Id, Retry-After, X-Request-Id"
PREFLIGHT_SECONDS = 600


def must_mean_us(arrival: Arrival, rules: GateRules) -> None:
    """Raises TurnedAway for a request that calls us by a name that is not ours.

    A page of a stranger's can make its own name lead to this machine, and is then of the same origin as we are for the
    browser (DNS rebinding). Addresses cannot be led elsewhere, and where every caller shows a key, a page has none.
    """
    host = arrival.host
    if is_loopback(host) or host in rules.names:
        return
    if rules.exposed and not rules.names and (rules.needs_keys or is_address(host)):
        return
    raise TurnedAway(
        421,
        f"this server is not called {host[:80] or 'nothing'}",
        remedy="add the name to KODIT_SERVER_NAMES where the server runs",
    )


def must_be_of_our_pages(arrival: Arrival, rules: GateRules) -> None:
    """Raises TurnedAway for what a page of another server makes a browser ask, unless that page is allowed to.

    Browsers say where a request comes from: in `Sec-Fetch-Site` (W3C Fetch Metadata), older ones in `Origin` alone.
    Links from elsewhere may be followed.
    """
    if cors_origin(arrival, rules) is not None:
        return
    site = arrival.headers.only(b"sec-fetch-site")
    origin = arrival.headers.only(b"origin")
    if site in ("same-origin", "none"):
        return
    if site is None and (origin is None or _is_ours(origin, arrival)):
        return
    follows_a_link = arrival.method == "GET" and arrival.headers.only(b"sec-fetch-mode") == "navigate"
    if site is not None and follows_a_link and arrival.headers.only(b"sec-fetch-dest") == "document":
        return
    raise TurnedAway(
        403,
        f"pages of {(origin or 'other servers')[:80]} may not ask this server",
        remedy="add the page's origin to KODIT_CORS_ORIGINS where the server runs",
    )


def cors_origin(arrival: Arrival, rules: GateRules) -> str | None:
    """The origin of an allowed page of another server."""
    origin = arrival.headers.only(b"origin")
    if origin is None or not rules.origins or _is_ours(origin, arrival):
        return None
    scheme, _, authority = origin.partition("://")
    return origin if f"{scheme}://{authority_of(authority)}" in rules.origins else None


def is_preflight(arrival: Arrival) -> bool:
    """Whether a browser asks if it may ask: Fetch standard, CORS-preflight request."""
    return arrival.method == "OPTIONS" and arrival.headers.only(b"access-control-request-method") is not None


def preflight_headers() -> Mapping[str, str]:
    """What an allowed page may ask."""
    return {
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": REQUEST_HEADERS,
        "access-control-max-age": str(PREFLIGHT_SECONDS),
    }


def cors_headers(origin: str) -> Mapping[str, str]:
    """What lets a page read the answer. Cookies are not for other servers' pages: they show a key."""
    return {"access-control-allow-origin": origin, "access-control-expose-headers": ANSWER_HEADERS}


def _is_ours(origin: str, arrival: Arrival) -> bool:
    # Not the scheme: behind a proxy that speaks TLS for us, we don't see it.
    try:
        authority = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(authority) and authority_of(authority) == authority_of(arrival.authority)
