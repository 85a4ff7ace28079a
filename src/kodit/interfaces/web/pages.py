"""How a page is made from its template and sent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kodit.application.serving.queue_history import QueueHistory
from kodit.application.serving.service_of import ServiceOf
from kodit.domain.access.scope import Scope
from kodit.domain.nixpkgs.channel import LANGUAGE
from kodit.interfaces.web import words
from kodit.interfaces.web.assets import asset_address
from kodit.interfaces.web.forms import FIELD, remember_token, token_of
from kodit.interfaces.web.harmless import harmless

if TYPE_CHECKING:
    from kodit.application.serving.serving_application_service import ServingApplicationService

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""Nothing but kodit's own files is loaded, nothing inline is run, and no other site may frame a page."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Pages:
    """What every page needs: who asks, what was seen of the queue, and what time it is."""

    services: ServiceOf
    history: QueueHistory
    now: Callable[[], datetime]

    def service(self, request: Request) -> "ServingApplicationService":
        """All that the caller may ask and do."""
        return self.services(request.scope)

    def show(self, request: Request, template: str, /, status: int = 200, **shown: Any) -> Response:
        """A page."""
        token = token_of(request)
        theme = request.cookies.get("kodit_theme", "")
        standing = {
            "root": request.scope.get("root_path", ""),
            "here": request.url.path.removeprefix(request.scope.get("root_path", "")),
            "theme": theme if theme in THEMES else "",
            "form_field": FIELD,
            "form_token": token,
            "now": self.now(),
            "may": self._may(request),
            "signed_in": "kodit_session" in request.cookies,
        }
        text = environment().get_template(template).render(standing | shown)
        response = HTMLResponse(text, status_code=status, headers=_HEADERS)
        remember_token(request, response, token)
        return response

    def back(self, request: Request, address: str) -> Response:
        """To another page, after something was done."""
        return RedirectResponse(request.scope.get("root_path", "") + address, status_code=303, headers=_HEADERS)

    def _may(self, request: Request) -> Mapping[str, bool]:
        """What the caller may do, so that nothing else is offered."""
        try:
            scopes = self.service(request).caller.scopes
        except Exception:  # noqa: BLE001 - an error page is shown whoever asks, also where nobody can tell who that is
            scopes = frozenset()
        return {scope.value: scope in scopes for scope in Scope}


Page = Callable[[Pages, Request], Awaitable[Response]]
"""Answers one request."""


@cache
def environment() -> Environment:
    """The templates of the package. What they are given is escaped, whatever it is."""
    made = Environment(
        loader=PackageLoader("kodit.interfaces.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.finalize = _shown
    made.filters |= {
        "ago": words.ago,
        "span": words.span,
        "stamp": words.stamp,
        "number": words.number,
        "counted": words.counted,
        "repository": words.repository,
        "selection": words.selection,
    }
    made.globals |= {
        "asset": asset_address,
        "file_address": words.file_address,
        "name_address": words.name_address,
        "in_path": words.in_path,
        "in_query": words.in_query,
        "nixpkgs": LANGUAGE,
    }
    return made


def _shown(value: Any) -> Any:
    """What a template is given, as it is shown: texts of strangers may have anything in them."""
    return harmless(value) if type(value) is str else value
