"""From what people type behind `--from` to a channel's location."""

from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.sources.location import Location, LocationForm, parsed_location, path_of
from kodit.domain.sources.reading import LookAtPath
from kodit.domain.sources.source import channel_mark

_NEITHER = "a channel is read from disk or over http(s)"
_REMEDY = "give a nixpkgs tree or a list of packages on disk, or the http(s) URL of such a list"


def parsed_channel(typed: str) -> Location:
    """Read what a user typed. Raises InvalidInput for what is neither a path nor an http(s) URL."""
    scheme, found, _ = typed.partition("://")
    # Repositories are read over more than that, and what is said of their locations would mislead.
    if found and scheme.isalpha() and scheme.lower() not in ("http", "https", "file"):
        raise InvalidInput(_NEITHER, remedy=_REMEDY)
    parsed = parsed_location(typed)
    if parsed.form is LocationForm.SCP_LIKE:
        raise InvalidInput(_NEITHER, remedy=_REMEDY)
    return parsed


def channel_location(typed: str, name: str, look_at_path: LookAtPath) -> str:
    """The location of a channel of this name: an absolute path or a URL, and the name behind a `#`.

    Raises NotFound for a path where nothing is, InvalidInput for what is neither a path nor an http(s) URL, and what
    `look_at_path` raises.
    """
    parsed = parsed_channel(typed)
    path = path_of(parsed)
    if path is None:
        return f"{parsed.text}{channel_mark(name)}"
    facts = look_at_path(path)
    if facts is None:
        raise NotFound(f"{path} does not exist", remedy=_REMEDY)
    return f"{facts.absolute}{channel_mark(name)}"
