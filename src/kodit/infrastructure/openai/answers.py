"""Reading what an OpenAI-compatible endpoint answers: the text, or which error it means."""

import json
import re
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from kodit.domain.errors import BadAnswer, InvalidInput, KoditError, RateLimited, Refused, Unavailable
from kodit.domain.tasks.retry_after import wait_in


class Named(Protocol):
    """As much of an endpoint as a message about it needs."""

    @property
    def host(self) -> str:
        """Shown to people."""
        ...

    @property
    def url(self) -> str:
        """Shown to people, so without credentials."""
        ...

    @property
    def model(self) -> str:
        """Shown to people."""
        ...

    @property
    def api_key(self) -> str | None:
        """Shown to nobody."""
        ...


_CODE = re.compile(r"[a-z]+(?:_[a-z]+){1,6}")
"""How error codes look: `model_not_found`. Anything else an endpoint writes may be an echo of what it was sent."""

_CHECK = (
    "see that KODIT_OPENAI_BASE_URL is an endpoint for OpenAI's chat completions, and KODIT_OPENAI_MODEL one for chat"
)
_SLOWER = "KODIT_OPENAI_PER_MINUTE and KODIT_OPENAI_CONCURRENCY make kodit ask less"
_LATER = "when this goes on, see what the server itself logs"


def content_of(body: bytes, host: str) -> str:
    """The text of the first choice. Raises BadAnswer when the body is not a chat completion."""
    answer = _json(body)
    choices = answer.get("choices") if isinstance(answer, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, str):
        raise BadAnswer(f"what the model at {host} answered is no chat completion", remedy=_CHECK)
    return content


def refusal(status: int, retry_after: str | None, body: bytes, endpoint: Named, now: datetime) -> KoditError:
    """The error that an answer other than 200 means."""
    code = _code_in(body, endpoint.api_key)
    said = f"{endpoint.host} answered {status}{f' ({code})' if code else ''}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{said}: it asks us to wait", retry_after=wait_in(retry_after, now), remedy=_SLOWER)
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= 500:
        return Unavailable(f"{said}: it cannot serve now", remedy=_LATER)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        missing = "it wants an API key" if endpoint.api_key is None else "it does not accept the API key"
        return Refused(f"{said}: {missing}", remedy="see KODIT_OPENAI_API_KEY, and what the key may do there")
    if status == HTTPStatus.NOT_FOUND:
        return InvalidInput(
            f"{said}: there is no model {endpoint.model!r} at {endpoint.url}",
            remedy="correct KODIT_OPENAI_BASE_URL (it usually ends in /v1) or KODIT_OPENAI_MODEL",
        )
    return BadAnswer(f"{said} where a chat completion was due", remedy=_CHECK)


def _code_in(body: bytes, api_key: str | None) -> str | None:
    answer = _json(body)
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") or error.get("type") if isinstance(error, dict) else None
    if not isinstance(code, str) or not _CODE.fullmatch(code) or len(code) > 60:
        return None
    return None if api_key and (api_key in code or code in api_key) else code


def _json(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed
