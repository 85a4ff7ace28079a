"""Where words go: results to stdout, notices and errors to stderr."""

import sys
from typing import Any

_VISIBLE = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
_VISIBLE |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
"""Control characters as pictures: code and file names come from anywhere, and could steer the terminal."""


class ReaderGone(Exception):
    """Whoever read our output has had enough (`| head`)."""


def harmless(text: str) -> str:
    """The text with control characters made visible."""
    return text.translate(_VISIBLE)


def say(text: str = "") -> None:
    """A line of the result."""
    _write(f"{harmless(text)}\n")


def notice(text: str) -> None:
    """A line beside the result."""
    try:
        sys.stderr.write(f"{harmless(text)}\n")
        sys.stderr.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error


def document(value: Any) -> None:
    """The whole result as one JSON document."""
    import json

    from kodit.application.serving.plain import plain

    _write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")


def is_terminal() -> bool:
    """True when a person looks at stdout."""
    return sys.stdout.isatty()


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error
