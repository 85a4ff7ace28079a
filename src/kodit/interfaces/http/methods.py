"""HEAD and OPTIONS, the same for every route."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALLOWED = "kodit.allowed"
"""Is set in the scope of every request: gives the methods of a path. A path may have several routes, and each of them
knows of its own methods only."""
HEAD_ASKED = "kodit.head"
"""Is set in the scope of a request whose answer's body nobody gets."""
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Methods:
    """HEAD is GET without the body; OPTIONS tells which methods there are, and so does the answer 405.

    `paths` are those of the OpenAPI document.
    """

    def __init__(self, app: ASGIApp, paths: Callable[[], Mapping[str, Mapping[str, Any]]]) -> None:
        self._app = app
        self._paths = paths
        self._known: list[tuple[re.Pattern[str], str]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[ALLOWED] = self.allowed
        if scope["method"] == "OPTIONS" and (allowed := self.allowed(scope["path"])):
            await Response(status_code=204, headers={"Allow": allowed})(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET", HEAD_ASKED: True}, receive, _without_body(send))
        else:
            await self._app(scope, receive, send)

    def allowed(self, path: str) -> str:
        """The methods of a path, as the header Allow has them; "" for a path that there is none of."""
        if self._known is None:
            self._known = [(_pattern(template), _methods(found)) for template, found in self._paths().items()]
        return next((methods for pattern, methods in self._known if pattern.match(path)), "")


def _without_body(send: Send) -> Send:
    async def sent(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return sent


def _pattern(template: str) -> re.Pattern[str]:
    # The document does not tell that the path of a file, or of an attribute, goes on behind its slashes.
    return compile_path(template.replace("{path}", "{path:path}").replace("{attr}", "{attr:path}"))[0]


def _methods(operations: Mapping[str, Any]) -> str:
    found = {name.upper() for name in operations} & set(VERBS)
    found |= {"HEAD"} if "GET" in found else set()
    return ", ".join([verb for verb in VERBS if verb in found] + ["OPTIONS"])
