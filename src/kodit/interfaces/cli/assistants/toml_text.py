"""TOML with one more table in it, and all else as it was."""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any


class NoRoom(Exception):
    """A text is no TOML, or a table cannot be put into it without changing something else; says why."""


def with_table(text: str, place: tuple[str, str], value: Mapping[str, Any]) -> str:
    """The text with a table of texts and lists of texts at its end, or in the place of one with this name.

    Raises NoRoom.
    """
    before = _parsed(text)
    outer, name = place
    block = _block(outer, name, value)
    if name in _table(before, outer):
        text = _replaced(text, outer, name, block)
    else:
        text = f"{text.rstrip()}\n\n{block}" if text.strip() else block
    expected = {**before, outer: {**_table(before, outer), name: dict(value)}}
    try:
        after = _parsed(text)
    except NoRoom:
        after = None
    if after != expected:
        raise NoRoom(f"{outer} is written in a way that a table cannot be added to")
    return text


def written(place: tuple[str, str], value: Mapping[str, Any]) -> str:
    """The table alone."""
    return _block(*place, value)


def member(text: str, place: tuple[str, str]) -> Any:
    """What stands at a place already, None for nothing. Raises NoRoom."""
    return _table(_parsed(text), place[0]).get(place[1])


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NoRoom(str(error)) from None


def _table(parsed: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = parsed.get(name, {})
    if not isinstance(found, Mapping):
        raise NoRoom(f"{name} is no table")
    return found


def _block(outer: str, name: str, value: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_spelt(given)}" for key, given in value.items()]
    return "\n".join([f"[{outer}.{_key(name)}]", *lines, ""])


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _spelt(name)


def _spelt(given: Any) -> str:
    # A text of JSON is one of TOML, but for one sign that TOML wants escaped.
    return json.dumps(given, ensure_ascii=False).replace("\x7f", "\\u007f")


def _replaced(text: str, outer: str, name: str, block: str) -> str:
    """The text with the lines of one table replaced; comments behind the last of them belong to what follows."""
    spelt = f"(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')"
    header = re.search(rf"(?m)^[ \t]*\[[ \t]*{outer}[ \t]*\.[ \t]*{spelt}[ \t]*\][^\n]*\n?", text)
    if header is None:
        raise NoRoom(f"{name} is not written as a table of its own")
    rest = text[header.end() :]
    following = re.search(r"(?m)^[ \t]*\[", rest)
    body = rest if following is None else rest[: following.start()]
    kept = re.search(r"(?m)^(?:[ \t]*(?:#[^\n]*)?\n)*\Z", body)
    behind = (body[kept.start() :] if kept else "") + rest[len(body) :]
    return f"{text[: header.start()]}{block}{behind}"
