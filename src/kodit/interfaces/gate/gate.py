"""What stands before everything that a server answers: nobody gets further without having been let in."""

import time
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

import structlog
from structlog.contextvars import bound_contextvars

from kodit.domain.access.api_key import ApiKey
from kodit.domain.access.audit import Visit
from kodit.domain.access.caller import ANYBODY, LOCAL, NOBODY, Caller
from kodit.domain.errors import Refused
from kodit.interfaces.gate.answering import Answering
from kodit.interfaces.gate.arrival import Arrival, arrival_of, must_be_well_formed
from kodit.interfaces.gate.asgi import Application, Receive, Send, TurnedAway, answer, answer_problem
from kodit.interfaces.gate.hosts import neighbourhood
from kodit.interfaces.gate.limits import BodyLimit, Buckets, too_long
from kodit.interfaces.gate.origins import (
    cors_headers,
    cors_origin,
    is_preflight,
    must_be_of_our_pages,
    must_mean_us,
    preflight_headers,
)
from kodit.interfaces.gate.rules import GateRules, KeysFor
from kodit.interfaces.gate.sessions import (
    LOGIN,
    LOGOUT,
    address_of,
    is_for_a_page,
    log_in,
    log_out,
    send_to_login,
    session_of,
)

if TYPE_CHECKING:
    from kodit.application.access.access import Access

PROBES = frozenset({"/healthz", "/readyz"})
"""What those may ask who watch over the server, by whatever name they call it."""
WEBHOOKS = "/webhooks/"
"""What is sent here is signed, and verified where it arrives."""
OF_PAGES = frozenset({"/favicon.ico", LOGIN})
STATIC = "/static/"
"""What a browser needs before anybody has logged in."""
WRONG_KEY_COST = 10
"""As how many requests of an address a wrong key counts."""

log = structlog.get_logger(__name__)


class Gate:
    """Lets requests through to an ASGI application, with the caller in their state: `caller`, `visit`, `request_id`.

    Default deny: whatever is not public takes a key, a session, or being on this machine where the rules trust it.
    """

    def __init__(self, inner: Application, rules: GateRules, access: "Access", buckets: Buckets | None = None) -> None:
        self._inner = inner
        self._rules = rules
        self._access = access
        self._buckets = buckets or Buckets()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
        elif scope["type"] == "http":
            arrival = arrival_of(scope, self._rules)
            with bound_contextvars(request_id=arrival.request_id):
                await self._answered(scope, arrival, receive, send)
        elif scope["type"] == "websocket":
            # Nothing here speaks it; 1008 is a violation of policy (RFC 6455, section 7.4.1).
            await send({"type": "websocket.close", "code": 1008})

    async def _answered(self, scope: MutableMapping[str, Any], arrival: Arrival, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        origin = cors_origin(arrival, self._rules)
        answering = Answering(send, arrival.request_id, cors_headers(origin) if origin else {})
        visit = Visit(caller=NOBODY, address=arrival.address, request_id=arrival.request_id)
        try:
            must_be_well_formed(scope, arrival)
            if await self._is_answered_already(arrival, origin, receive, answering):
                return
            caller = await self._caller(arrival)
            visit = Visit(caller=caller, address=arrival.address, request_id=arrival.request_id)
            await self._let_through(scope, arrival, visit, receive, answering)
        except Exception as error:  # noqa: BLE001 - the outermost boundary of every request
            await self._failed(error, scope, arrival, answering)
        finally:
            log.info(
                "answered",
                method=arrival.method,
                # Without the query: what people look for is theirs.
                path=arrival.place,
                status=answering.status,
                bytes=answering.sent,
                took_ms=round((time.perf_counter() - began) * 1000, 1),
                caller=visit.caller.name,
                address=arrival.address,
            )

    async def _is_answered_already(
        self, arrival: Arrival, origin: str | None, receive: Receive, answering: Answering
    ) -> bool:
        """Whether the gate itself had the answer. Raises TurnedAway for what comes from where nothing may."""
        if arrival.path in PROBES:
            return False
        must_mean_us(arrival, self._rules)
        must_be_of_our_pages(arrival, self._rules)
        if origin is not None and is_preflight(arrival):
            await answer(answering.send_ours, 204, preflight_headers())
            return True
        if self._rules.pages and arrival.method == "POST" and arrival.path in (LOGIN, LOGOUT):
            await self._log_in_or_out(arrival, receive, answering)
            return True
        return False

    async def _log_in_or_out(self, arrival: Arrival, receive: Receive, answering: Answering) -> None:
        self._count(arrival)
        if arrival.path == LOGOUT:
            await log_out(self._access, arrival, answering.send_ours)
            return
        body = BodyLimit(receive, self._rules.body_bytes)
        if not await log_in(self._access, arrival, body.receive, answering.send_ours):
            self._count_wrong_key(arrival)

    async def _caller(self, arrival: Arrival) -> Caller:
        """Who asks. Raises TurnedAway for who shows no key that opens anything, and for who asks too often."""
        if arrival.path in PROBES:
            return NOBODY
        shows_key = bool(arrival.headers.all(b"authorization"))
        is_local = self._rules.trusts_this_machine and arrival.is_from_this_machine
        if is_local and not shows_key:
            return LOCAL
        if not is_local:
            self._count(arrival)
        if self._is_public(arrival):
            return NOBODY
        key = await self._key_shown(arrival)
        if key is None and self._rules.keys_for is KeysFor.NEVER:
            return ANYBODY
        if key is None:
            raise _unauthorized("this takes a key", wrong=False)
        if key.per_minute:
            self._buckets.draw(f"key {key.id}", key.per_minute)
        return key.caller

    def _is_public(self, arrival: Arrival) -> bool:
        path = arrival.path
        if path.startswith(WEBHOOKS):
            return True
        reads = self._rules.pages and arrival.method in ("GET", "HEAD")
        return reads and (path in OF_PAGES or path.startswith(STATIC))

    async def _key_shown(self, arrival: Arrival) -> ApiKey | None:
        """The key in the head, else that of the browser's session; None for none."""
        authorization = arrival.headers.only(b"authorization")
        session = session_of(arrival)
        try:
            if authorization is not None:
                scheme, _, secret = authorization.partition(" ")
                if scheme.lower() != "bearer":
                    raise Refused("a key is shown as `Authorization: Bearer KEY`")
                return await self._access.authentication.key(secret.strip())
            return await self._access.authentication.session(session) if session else None
        except Refused as error:
            if authorization is None:
                # A cookie is shown without anybody's doing.
                return None
            self._count_wrong_key(arrival)
            raise _unauthorized(str(error), wrong=True) from error

    def _count(self, arrival: Arrival, cost: float = 1) -> None:
        if self._rules.address_per_minute:
            caller = f"address {neighbourhood(arrival.address)}"
            self._buckets.draw(caller, self._rules.address_per_minute, cost=cost)

    def _count_wrong_key(self, arrival: Arrival) -> None:
        try:
            self._count(arrival, WRONG_KEY_COST - 1)
        except TurnedAway:
            # It counts for the next request; this one is told what is wrong with it.
            return

    async def _let_through(
        self,
        scope: MutableMapping[str, Any],
        arrival: Arrival,
        visit: Visit,
        receive: Receive,
        answering: Answering,
    ) -> None:
        length = arrival.headers.only(b"content-length")
        most = self._rules.body_bytes
        if length is not None and most and int(length) > most:
            raise too_long(most)
        body = BodyLimit(receive, most)
        answering.watch(body)
        state = {"caller": visit.caller, "visit": visit, "request_id": arrival.request_id}
        inside = {
            **scope,
            "scheme": arrival.scheme,
            "client": (arrival.address, (scope.get("client") or ("", 0))[1]),
            "state": {**scope.get("state", {}), **state},
        }
        try:
            await self._inner(inside, body.receive, answering.send)
        finally:
            if body.fault is not None and not answering.begun:
                await answer_problem(answering.send_ours, body.fault, arrival.request_id)

    async def _failed(
        self, error: Exception, scope: MutableMapping[str, Any], arrival: Arrival, answering: Answering
    ) -> None:
        if answering.begun:
            if not isinstance(error, TurnedAway):
                log.error("an answer was broken off", path=arrival.place, exc_info=error)
            return
        if not isinstance(error, TurnedAway):
            log.error("a request failed", path=arrival.place, exc_info=error)
        is_for_login = isinstance(error, TurnedAway) and error.status == 401 and self._rules.pages
        if is_for_login and is_for_a_page(arrival):
            await send_to_login(answering.send_ours, address_of(arrival.path, scope.get("query_string", b"")))
            return
        await answer_problem(answering.send_ours, error, arrival.request_id)


def _unauthorized(detail: str, *, wrong: bool) -> TurnedAway:
    # RFC 6750, section 3: no error code for who has shown nothing.
    told = 'Bearer realm="kodit"' + (', error="invalid_token"' if wrong else "")
    return TurnedAway(
        401,
        detail,
        remedy="show a key as `Authorization: Bearer KEY`; whoever runs the server makes one: kodit keys create",
        headers={"www-authenticate": told},
    )
