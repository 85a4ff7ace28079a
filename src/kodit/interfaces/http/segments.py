"""Names with a slash as one segment of a path."""

import re
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

SLASH = "\0"
"""What stands in a path for a slash that was written `%2F`. Nothing else can stand there: NUL itself is refused."""
_WRITTEN_SLASH = re.compile("%2[fF]")
_SOURCE = re.compile("(?P<before>/api/v1/(?:sources|nix/channels)/)(?P<name>[^/]+)(?P<after>.*)", re.DOTALL)


class SlashesInNames:
    """Keeps `%2F` in a source's name apart from the slashes that divide a path, which servers make of both.

    `owner/repo` is the usual name of a repository.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and (raw := scope.get("raw_path")):
            found = _SOURCE.fullmatch(raw.decode("latin-1").partition("?")[0])
            if found and _WRITTEN_SLASH.search(found["name"]) and "%00" not in found["name"]:
                name = unquote(_WRITTEN_SLASH.sub("%00", found["name"]))
                scope = {**scope, "path": f"{found['before']}{name}{unquote(found['after'])}"}
        await self._app(scope, receive, send)
