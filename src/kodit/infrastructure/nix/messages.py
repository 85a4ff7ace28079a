"""What nix says of an error, in a line: the error itself and the place, without the code around it and the trace."""

import re
from collections.abc import Sequence

_ERROR = re.compile(r"^\s*error: ?(.*)$")
_AT = re.compile(r"^\s*(?:… .*)?at (\S.*:\d+(?::\d+)?):?$")
_STARVED = re.compile(r"out of memory|memory exhausted|std::bad_alloc|cannot allocate memory", re.IGNORECASE)
_ADVICE = re.compile(r"\s*\(use '--show-trace' .*\)$")
LONGEST = 500
"""Characters of a message that are kept."""


def message_of(lines: Sequence[str], root: str) -> str:
    """The last error among the lines, with its place relative to the tree's root; the last line where there is none.

    Older versions of nix write an error before its place, newer ones after the trace: the innermost stands last.
    """
    start = next((n for n in reversed(range(len(lines))) if (found := _ERROR.match(lines[n])) and found[1]), None)
    if start is None:
        spoken = [line.strip() for line in lines if line.strip()]
        return _shortened(spoken[-1] if spoken else "nix said nothing", root)
    said = [_ERROR.sub(r"\1", lines[start]).strip()]
    rest = iter(lines[start + 1 :])
    for line in rest:
        if not line.strip() or _AT.match(line):
            break
        said.append(line.strip())
    said[-1] = _ADVICE.sub("", said[-1])
    place = next((found[1] for line in reversed(lines) if (found := _AT.match(line))), None)
    return _shortened(" ".join(said).strip() + (f" (at {place})" if place else ""), root)


def is_starved(lines: Sequence[str]) -> bool:
    """Whether these lines tell that there was not enough memory."""
    return any(_STARVED.search(line) for line in lines if _ERROR.match(line) or "GC" in line or "terminate" in line)


def _shortened(text: str, root: str) -> str:
    text = text.replace(f"{root}/", "")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
