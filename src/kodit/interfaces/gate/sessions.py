"""Logging a browser in and out: a key is shown once, and a cookie stands for it afterwards."""

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode

from kodit.application.access.authentication import SESSION
from kodit.domain.access.audit import Action, Visit
from kodit.domain.errors import Refused
from kodit.interfaces.gate.arrival import Arrival
from kodit.interfaces.gate.asgi import Receive, Send, TurnedAway, answer

if TYPE_CHECKING:
    from kodit.application.access.access import Access

LOGIN = "/login"
LOGOUT = "/logout"
COOKIE = "kodit_session"
FORM_BYTES = 8_192

_NO_PAGES = ("/api/", "/mcp", "/metrics", "/openapi.json")


def is_for_a_page(arrival: Arrival) -> bool:
    """Whether a person waits for a page, who should be asked for a key rather than be refused."""
    accepts = ",".join(arrival.headers.all(b"accept"))
    return arrival.method in ("GET", "HEAD") and "text/html" in accepts and not arrival.path.startswith(_NO_PAGES)


def session_of(arrival: Arrival) -> str | None:
    """The session's secret in the cookies."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        for line in arrival.headers.all(b"cookie"):
            cookies.load(line)
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None


async def send_to_login(send: Send, following: str, *, failed: bool = False) -> None:
    """Have the browser ask for a key, and go on to an address of this server."""
    wanted = {"next": following, **({"failed": "1"} if failed else {})}
    await answer(send, 303, {"location": f"{LOGIN}?{urlencode(wanted)}"})


def address_of(path: str, query: bytes) -> str:
    """The address that was asked for, by the path that it has after decoding."""
    return f"{quote(path)}?{query.decode('latin-1')}" if query else quote(path)


async def log_in(access: "Access", arrival: Arrival, receive: Receive, send: Send) -> bool:
    """Open a session for the key in the form, and go on to `next`; tells whether the key was good."""
    form = await _form(receive)
    following = local_path(form.get("next", ""))
    try:
        key = await access.authentication.key(form.get("key", "").strip())
    except Refused:
        await send_to_login(send, following, failed=True)
        return False
    visit = Visit(caller=key.caller, address=arrival.address, request_id=arrival.request_id)
    async with access.trail.doing(visit, Action.LOG_IN, key.name):
        secret = await access.authentication.opened_session(key)
    cookie = _cookie(secret, int(SESSION.total_seconds()), arrival)
    await answer(send, 303, {"location": following, "set-cookie": cookie})
    return True


async def log_out(access: "Access", arrival: Arrival, send: Send) -> None:
    """Forget the session here and in the browser; what is open on other machines stays open."""
    secret = session_of(arrival)
    if secret is not None:
        try:
            key = await access.authentication.session(secret)
        except Refused:
            key = None
        if key is not None:
            visit = Visit(caller=key.caller, address=arrival.address, request_id=arrival.request_id)
            async with access.trail.doing(visit, Action.LOG_OUT, key.name):
                await access.authentication.close_session(secret)
    await answer(send, 303, {"location": LOGIN, "set-cookie": _cookie("", 0, arrival)})


def local_path(asked: str) -> str:
    """A path of this server, whatever was asked for: nobody shall be led elsewhere after logging in."""
    is_local = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable() and asked.isascii()
    return asked if is_local and "\\" not in asked else "/"


async def _form(receive: Receive) -> dict[str, str]:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise TurnedAway(400, "the form did not arrive")
        body += message.get("body", b"")
        if len(body) > FORM_BYTES:
            raise TurnedAway(413, f"the form is longer than {FORM_BYTES:,} bytes", headers={"connection": "close"})
        if not message.get("more_body", False):
            break
    try:
        fields = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        raise TurnedAway(400, "this is no form") from None
    return {name: values[0] for name, values in fields.items()}


def _cookie(value: str, seconds: int, arrival: Arrival) -> str:
    # Strict: a page of another server never makes a browser show it, not even by a link.
    secure = "; Secure" if arrival.scheme == "https" else ""
    return f"{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
