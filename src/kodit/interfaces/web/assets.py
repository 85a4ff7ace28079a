"""The stylesheet, the script and the pictures of the page: files of the package."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent. `version` changes with its content."""

    content: bytes
    type: str
    version: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file, by its name; they are small."""
    folder = Path(__file__).parent / "static"
    return {path.name: _asset(path) for path in sorted(folder.iterdir()) if path.suffix in _TYPES}


def asset_address(name: str) -> str:
    """Where a file is found in this version."""
    return f"/static/{name}?v={assets()[name].version}"


async def asset(request: Request) -> Response:
    """Sends a file. One that is asked for by its version never changes."""
    found = assets().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    tag = f'"{found.version}"'
    kept = _FOR_EVER if request.query_params.get("v") == found.version else _ASK_AGAIN
    headers = {"ETag": tag, "Cache-Control": kept}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.type)


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, _TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:16])
