"""Forms that change something, and why another site cannot send them.

A browser says of a request where it comes from: https://www.w3.org/TR/fetch-metadata/ and, for older ones, `Origin`.
Besides, each form carries what stands in a cookie that no other site can read:
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from kodit.domain.errors import InvalidInput, Refused

COOKIE = "kodit_form"
FIELD = "form_token"
_TYPE = "application/x-www-form-urlencoded"
LONGEST = 64 * 1024
"""Bytes of a form: a few ids and an address are far below."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in, by the fields' names."""

    fields: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """What stands in a field, without blanks around it; "" for nothing."""
        return self.fields.get(name, ("",))[0].strip()

    def number(self, name: str) -> int:
        """The number in a field. Raises InvalidInput."""
        text = self.one(name)
        if not is_number(text):
            raise InvalidInput(f"{name} takes a number, not {text[:40]!r}")
        return int(text)


def is_number(text: str) -> bool:
    """Whether this is a number that something may have."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def token_of(request: Request) -> str:
    """What a form of this browser carries; a new one where it has none yet."""
    held = request.cookies.get(COOKIE, "")
    return held if len(held) == 43 and held.isascii() else secrets.token_urlsafe(32)


def remember_token(request: Request, response: Response, token: str) -> None:
    """Have the browser keep it, for as long as it is open."""
    if request.cookies.get(COOKIE) != token:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")


async def form_of(request: Request) -> Form:
    """What was filled in. Raises Refused for what another site sent, InvalidInput for what is no form."""
    if not _is_from_here(request):
        raise Refused("this was sent by another site", remedy="open the page itself and do it there")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise InvalidInput("this is no form", remedy=f"send it as {_TYPE}")
    form = Form(parse_qs((await _body(request)).decode("utf-8", "replace"), max_num_fields=1_000))
    held = request.cookies.get(COOKIE, "")
    if not held or not hmac.compare_digest(held.encode(), form.one(FIELD).encode()):
        raise Refused("this form is too old, or its cookie is missing", remedy="load the page again and repeat it")
    return form


async def _body(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST:
            raise InvalidInput("this form is too long", remedy=f"send at most {LONGEST // 1024} kB at a time")
    return body


def _is_from_here(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
