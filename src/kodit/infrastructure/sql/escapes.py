"""Every text of Python's as a text that PostgreSQL takes, and back.

PostgreSQL stores neither NUL nor lone surrogates, in a text as little as in JSON, and code holds both. They are stored
as the control character SUBSTITUTE and four hexadecimal digits, and so is that character itself: nothing is lost and
nothing is ambiguous.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from kodit.infrastructure.sql.json_texts import parsed

SUBSTITUTE = "\x1a"
_REFUSED = re.compile("[\0\x1a\ud800-\udfff]")
_ESCAPED = re.compile("\x1a([0-9a-f]{4})")
# As JSON writes them. `\ud83d\ude00` for a smiley counts too: looking twice at it does no harm.
_SIGNS_IN_JSON = ("\\u0000", "\\u001a", "\\ud")


def escaped(text: str) -> str:
    """What PostgreSQL stores."""
    if _is_plain(text):
        return text
    return _REFUSED.sub(lambda found: f"{SUBSTITUTE}{ord(found[0]):04x}", text)


def unescaped(text: str) -> str:
    """What was given to `escaped`."""
    if SUBSTITUTE not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def to_json(value: Any, told: Callable[[Any], Any] | None = None) -> str:
    """JSON that PostgreSQL stores as its binary form; `told` says what is no JSON by itself."""
    written = json.dumps(value, default=told)
    if any(sign in written for sign in _SIGNS_IN_JSON):
        return json.dumps(_each_text(json.loads(written), escaped))
    return written


def from_json(written: str) -> Any:
    """What was given to `to_json`."""
    value = parsed(written)
    return _each_text(value, unescaped) if "\\u001a" in written else value


def _is_plain(text: str) -> bool:
    if "\0" in text or SUBSTITUTE in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _each_text(value: Any, changed: Any) -> Any:
    if isinstance(value, str):
        return changed(value)
    if isinstance(value, dict):
        return {_each_text(key, changed): _each_text(held, changed) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(held, changed) for held in value]
    return value
