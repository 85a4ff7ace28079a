"""Where words go: results to stdout, notices and errors to stderr."""

import errno
import os
import sys
from typing import Any

from kodit.domain.errors import KoditError, StorageFull, Unavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_VISIBLE = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
_VISIBLE |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
"""Control characters as pictures: code and file names come from anywhere, and could steer the terminal."""


class ReaderGone(Exception):
    """Whoever read our output has had enough (`| head`)."""


def harmless(text: str) -> str:
    """The text with control characters made visible."""
    return text.translate(_VISIBLE)


def one_line(text: str) -> str:
    """The text with its lines one behind the other."""
    return " ".join(text.split())


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


def is_full(error: OSError) -> bool:
    """Whether stdout has no room for what was written. An error about a file says the file's name."""
    return error.errno in _FULL and error.filename is None


def unwritable(error: OSError) -> KoditError:
    """What to say when stdout does not take what is written."""
    why = (error.strerror or str(error)).lower()
    if is_full(error):
        return StorageFull(f"cannot write to stdout: {why}", remedy="free some space where the output goes")
    return Unavailable(f"cannot write to stdout: {why}", remedy="let the output go somewhere else")


def discard_output() -> None:
    """What is not written yet goes nowhere: the interpreter would try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error
    except OSError as error:
        discard_output()
        raise unwritable(error) from error
