"""An assistant's file with kodit in it."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kodit.domain.errors import Conflict, InvalidInput, NotFound, Refused
from kodit.interfaces.cli.assistants import json_text, toml_text
from kodit.interfaces.cli.assistants.clients import Client, Entry
from kodit.interfaces.cli.assistants.json_text import NoJson
from kodit.interfaces.cli.assistants.toml_text import NoRoom

_BY_HAND = "put it in by hand; see it with --print"


def snippet(client: Client, name: str, entry: Entry) -> str:
    """What belongs into the client's file."""
    if client.is_toml:
        return toml_text.written((client.place[0], name), entry)
    value: Any = {name: entry}
    for key in reversed(client.place):
        value = {key: value}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def merged(client: Client, text: str, name: str, entry: Entry, *, replace: bool) -> str:
    """The text of the client's file with the entry; all else in it, comments too, stays as it is.

    Raises InvalidInput for a text that it cannot be put into, Conflict where another entry has the name unless it may
    be replaced.
    """
    try:
        present = _present(client, text, name)
        if present == entry:
            return text
        if present is not None and not replace:
            raise Conflict(
                f"{client.title} has a server named {name} already, which is another one",
                remedy="replace it with --replace, or choose another --name",
            )
        if client.is_toml:
            return toml_text.with_table(text, (client.place[0], name), entry)
        return json_text.with_member(text, (*client.place, name), entry)
    except (NoJson, NoRoom) as error:
        raise InvalidInput(f"{client.title}'s file cannot be added to: {error}", remedy=_BY_HAND) from None


def _present(client: Client, text: str, name: str) -> Any:
    if client.is_toml:
        return toml_text.member(text, (client.place[0], name))
    found = json_text.parsed(text) if text.strip("\ufeff \t\r\n") else {}
    for key in (*client.place, name):
        if not isinstance(found, Mapping):
            raise NoJson("something that is no object stands in the way")
        found = found.get(key)
        if found is None:
            return None
    return found


def read(path: Path) -> str:
    """What the file says; "" where there is none. Raises Refused and InvalidInput."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8", remedy=_BY_HAND) from None
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}", remedy=_BY_HAND) from error


def write(path: Path, text: str) -> None:
    """Put the text in the file's place at once, so that nobody ever reads half of it.

    Where the file is a link, what it leads to is written. Raises Refused, and NotFound for a link that leads nowhere.
    """
    if path.is_symlink() and not path.exists():
        raise NotFound(f"{path} leads nowhere", remedy="remove the link, or make what it leads to")
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(path, text.encode("utf-8"))
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}", remedy=_BY_HAND) from error


def _put(path: Path, content: bytes) -> None:
    # Nobody else may read a file that is made here: such files often hold keys.
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
