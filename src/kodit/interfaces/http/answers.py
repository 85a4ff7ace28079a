"""Answers: nouns as JSON, with what lets a client keep them; and what answers a route may give."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from kodit.application.serving.plain import plain
from kodit.application.serving.problem import PROBLEM
from kodit.interfaces.http.nouns import Schema

Answers = dict[int | str, dict[str, Any]]
"""The answers of a route, by their statuses, as the OpenAPI document has them."""
CHECKED = "private, no-cache"
"""May be kept by the client alone, and is asked for again each time: most often the answer is 304 and nothing else."""
NEVER = "no-store"
"""Of what differs each time it is looked at."""
REFUSALS: Mapping[int, str] = {
    400: "The body cannot be read.",
    401: "No key was given, or none that is valid.",
    403: "The key does not allow this.",
    404: "There is none of that name, or none that the key may see.",
    406: "Nothing that is accepted can be given.",
    409: "It is in another state than was asked for, or nothing is indexed yet.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A parameter or the body makes no sense.",
    429: "Too many requests: ask again after `Retry-After` seconds.",
    500: "A fault of kodit itself.",
    503: "The database is busy or away, or the disk is full: ask again after `Retry-After` seconds.",
}
ALWAYS = (401, 403, 406, 422, 429, 500, 503)
"""What any route may answer."""
WITH_BODY = (400, 413, 415)
"""What any route may answer that takes a body."""
_ETAG = {"description": "What to send as `If-None-Match` another time.", "schema": {"type": "string"}}
_LOCATION = {"description": "Where the run can be looked at.", "schema": {"type": "string"}}


async def answer(request: Request, value: Any, *, kept: str = CHECKED) -> Response:
    """A value as JSON; nothing but 304 for a client that has it already."""
    # Writing out a large graph takes a while.
    if kept == NEVER:
        return _json(await asyncio.to_thread(written, value), 200, {"Cache-Control": kept})
    body, tag = await asyncio.to_thread(_tagged, value)
    headers = {"Cache-Control": kept, "ETag": tag, "Vary": "Authorization, Cookie"}
    if _is_known(request.headers.get("If-None-Match", ""), tag):
        return Response(status_code=304, headers=headers)
    return _json(body, 200, headers)


def done(value: Any, *, status: int = 200, location: str | None = None) -> Response:
    """What came of a change."""
    headers = {"Cache-Control": NEVER} | ({"Location": location} if location is not None else {})
    return _json(written(value), status, headers)


def written(value: Any) -> bytes:
    """A value as JSON. Half of a surrogate pair, which UTF-8 has no bytes for, becomes a replacement character."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _tagged(value: Any) -> tuple[bytes, str]:
    body = written(value)
    return body, f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def told(schema: Schema, *refusals: int, example: Any = None, kept: bool = True) -> Answers:
    """The answers of a GET: what it tells, what it may refuse, and 304 where a client may have it already."""
    found: Answers = {200: _told(schema, "What was asked for.", example)}
    if kept:
        found[200]["headers"] = {"ETag": _ETAG}
        found[304] = {"description": "The client has it already.", "headers": {"ETag": _ETAG}}
    return {**found, **_refused(refusals)}


def changed(schema: Schema, *refusals: int, status: int = 200, example: Any = None, body: bool = False) -> Answers:
    """The answers of what changes something."""
    found = _told(schema, "It is on the queue." if status == 202 else "It is done.", example)
    if status == 202:
        found["headers"] = {"Location": _LOCATION}
    return {status: found, **_refused((*refusals, *(WITH_BODY if body else ())))}


def _told(schema: Schema, description: str, example: Any) -> dict[str, Any]:
    content = {"schema": schema} | ({"example": example} if example is not None else {})
    return {"description": description, "content": {"application/json": content}}


def _refused(statuses: tuple[int, ...]) -> Answers:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": REFUSALS[status], "content": content} for status in sorted({*ALWAYS, *statuses})}


def _json(body: bytes, status: int, headers: Mapping[str, str]) -> Response:
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def _is_known(given: str, etag: str) -> bool:
    """Whether a client has it; tags are compared weakly: RFC 9110, section 13.1.2."""
    return given.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in given.split(",")}
