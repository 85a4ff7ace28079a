"""From what people type behind `--from` to a channel's location."""

from urllib.parse import quote

from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.sources.location import parsed_location, path_of
from kodit.domain.sources.reading import LookAtPath

_REMEDY = "give a nixpkgs tree or a list of packages on disk, or the http(s) URL of such a list"


def channel_location(typed: str, name: str, look_at_path: LookAtPath) -> str:
    """The location of a channel of this name: an absolute path or a URL, and the name behind a `#`.

    Raises NotFound for a path where nothing is, InvalidInput for what is neither a path nor an http(s) URL, and what
    `look_at_path` raises.
    """
    parsed = parsed_location(typed)
    path = path_of(parsed)
    if path is None:
        if not parsed.text.startswith(("http://", "https://")):
            raise InvalidInput("a channel is read from disk or over http(s)", remedy=_REMEDY)
        return f"{parsed.text}#{_quoted(name)}"
    facts = look_at_path(path)
    if facts is None:
        raise NotFound(f"{path} does not exist", remedy=_REMEDY)
    return f"{facts.absolute}#{_quoted(name)}"


def _quoted(name: str) -> str:
    return quote(name, safe="")
