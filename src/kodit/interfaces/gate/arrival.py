"""A request as it arrives: what of it can be believed."""

import re
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from kodit.interfaces.gate.asgi import Headers, TurnedAway
from kodit.interfaces.gate.hosts import among, host_of, is_address, is_loopback
from kodit.interfaces.gate.rules import GateRules

URL_BYTES = 8_192
"""What RFC 9110, section 4.1, asks every server to take, and enough for the longest search."""
HEAD_BYTES = 32_768
HEAD_LINES = 100

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_ONCE = (b"host", b"authorization", b"content-length", b"transfer-encoding", b"origin", b"content-type")
"""What means two things to two programs when it stands twice: RFC 9112, section 11.2, on smuggled requests."""
_FORWARDING = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"via")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where a request comes from and what it asks for; `authority` is the host and port that it calls us by."""

    method: str
    path: str
    headers: Headers
    authority: str
    address: str
    scheme: str
    forwarded: bool
    request_id: str

    @property
    def host(self) -> str:
        """The host that it calls us by."""
        return host_of(self.authority)

    @property
    def place(self) -> str:
        """The path as a log can have it: without line ends and what else could steer a terminal."""
        return quote(self.path)

    @property
    def is_from_this_machine(self) -> bool:
        """Whether nobody stands between: it calls us as only this machine does, and no proxy has left a word."""
        return is_loopback(self.host) and is_loopback(self.address) and not self.forwarded


def arrival_of(scope: MutableMapping[str, Any], rules: GateRules) -> Arrival:
    """What is believed of a request: of proxies' words only those of proxies that are trusted."""
    headers = Headers(scope["headers"])
    address, scheme = (scope.get("client") or ("", 0))[0], scope.get("scheme", "http")
    if among(address, rules.proxies):
        address, scheme = _client(headers, address, rules), _scheme(headers, scheme)
    return Arrival(
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        authority=headers.only(b"host") or "",
        address=address,
        scheme=scheme,
        forwarded=any(headers.all(name) for name in _FORWARDING),
        request_id=_request_id(headers),
    )


def must_be_well_formed(scope: MutableMapping[str, Any], arrival: Arrival) -> None:
    """Raises TurnedAway for a head that is too long, or that two programs could read in two ways."""
    target = scope.get("raw_path") or scope["path"].encode()
    if len(target) + len(scope.get("query_string", b"")) > URL_BYTES:
        raise TurnedAway(414, f"the address is longer than {URL_BYTES:,} bytes")
    lines = scope["headers"]
    if len(lines) > HEAD_LINES or sum(len(name) + len(value) for name, value in lines) > HEAD_BYTES:
        raise TurnedAway(431, f"the head is longer than {HEAD_LINES} lines or {HEAD_BYTES:,} bytes")
    for name in _ONCE:
        if len(arrival.headers.all(name)) > 1:
            raise TurnedAway(400, f"the header {name.decode()} stands there more than once")
    length = arrival.headers.only(b"content-length")
    if length is not None and (arrival.headers.all(b"transfer-encoding") or not re.fullmatch(r"[0-9]{1,15}", length)):
        raise TurnedAway(400, "how long the body is cannot be told for certain")


def _client(headers: Headers, address: str, rules: GateRules) -> str:
    """Each proxy adds whom it was asked by at the end: the last that is no proxy of ours is the client."""
    chain = [one.strip() for line in headers.all(b"x-forwarded-for") for one in line.split(",")]
    for hop in reversed(chain):
        host = host_of(hop)
        if not among(host, rules.proxies):
            return host if is_address(host) else address
        address = host
    return address


def _scheme(headers: Headers, scheme: str) -> str:
    told = headers.all(b"x-forwarded-proto")
    last = told[-1].rpartition(",")[2].strip().lower() if told else scheme
    return last if last in ("http", "https") else scheme


def _request_id(headers: Headers) -> str:
    told = headers.only(b"x-request-id")
    return told if told and _REQUEST_ID.fullmatch(told) else secrets.token_hex(8)
