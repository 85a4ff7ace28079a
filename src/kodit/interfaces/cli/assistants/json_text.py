"""JSON that people write: with comments and trailing commas, of which none is lost when something is put in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class NoJson(Exception):
    """A text is not JSON, even with comments; says where."""


@dataclass(slots=True)
class _Object:
    """An object and where it stands: between `start`, its `{`, and `end`, behind its `}`.

    `members` has where the value of each stands, `ends_in_comma` whether a comma follows the last.
    """

    start: int
    end: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    members: dict[str, tuple[int, int]] = field(default_factory=dict)
    first_key: int = 0
    ends_in_comma: bool = False


def parsed(text: str) -> Any:
    """The value that a text has. Raises NoJson."""
    return _Reader(text).whole()


def with_member(text: str, place: Sequence[str], value: Any) -> str:
    """The text with a value at the place that the keys lead to; all else in it stays as it is.

    Objects on the way that are missing are made. Raises NoJson for what is no JSON, and where something that is no
    object stands in the way.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    if not text.strip("\ufeff \t\r\n"):
        return f"{_written(_nested(place, value), '  ', 0)}\n"
    reader = _Reader(text)
    if not isinstance(reader.whole(), Mapping):
        raise NoJson("it is no object")
    unit = _unit(text, reader.objects[reader.first])
    at, depth = reader.first, 0
    for number, key in enumerate(place):
        found = reader.objects[at]
        if key not in found.members:
            below = _written(_nested(place[number + 1 :], value), unit, depth + 1)
            member = f"{unit}{json.dumps(key, ensure_ascii=False)}: {below}".replace("\n", newline)
            return _inserted(text, found, member, unit * depth, newline)
        at = found.members[key][0]
        depth += 1
        if number < len(place) - 1 and at not in reader.objects:
            raise NoJson(f"{key} is no object")
    start, end = found.members[place[-1]]
    replacement = _written(value, unit, depth).replace("\n", newline)
    return f"{text[:start]}{replacement}{text[end:]}"


def _nested(place: Sequence[str], value: Any) -> Any:
    for key in reversed(place):
        value = {key: value}
    return value


def _written(value: Any, unit: str, depth: int) -> str:
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", f"\n{unit * depth}")


def _unit(text: str, root: _Object) -> str:
    """By how much the text indents."""
    if not root.members:
        return "  "
    line = text[text.rfind("\n", 0, root.first_key) + 1 : root.first_key]
    return line if line and not line.strip() else "  "


def _inserted(text: str, into: _Object, member: str, indent: str, newline: str) -> str:
    """The text with one more member at the end of an object, behind whatever comments stand there."""
    close = into.end - 1
    content_end = into.start + len(text[into.start : close].rstrip())
    before = text[:content_end]
    if into.members and not into.ends_in_comma:
        last = max(end for _, end in into.members.values())
        before = f"{text[:last]},{text[last:content_end]}"
    rest = text[content_end:close]
    tail = rest if "\n" in rest else f"{newline}{indent}"
    comma = "," if into.ends_in_comma else ""
    return f"{before}{newline}{indent}{member}{comma}{tail}{text[close:]}"


class _Reader:
    """Reads one text from its beginning."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 1 if text.startswith("\ufeff") else 0
        self.first = 0
        self.objects: dict[int, _Object] = {}

    def whole(self) -> Any:
        """The only value of the text."""
        self._blank()
        self.first = self._at
        try:
            value = self._value()
        except RecursionError:
            raise NoJson("it is nested too deeply") from None
        self._blank()
        if self._at < len(self._text):
            raise self._wrong("there is more behind its end")
        return value

    def _value(self) -> Any:
        sign = self._peek()
        if sign == "{":
            return self._object()
        if sign == "[":
            return self._array()
        return self._scalar()

    def _object(self) -> Mapping[str, Any]:
        found = self.objects[self._at] = _Object(self._at)
        self._at += 1
        self._blank()
        while self._peek() != "}":
            found.first_key = found.first_key or self._at
            key = self._scalar()
            if not isinstance(key, str):
                raise self._wrong("a name is missing")
            self._blank()
            self._take(":")
            self._blank()
            start = self._at
            found.values[key] = self._value()
            found.members[key] = (start, self._at)
            found.ends_in_comma = self._comma("}")
        self._at += 1
        found.end = self._at
        return found.values

    def _array(self) -> Sequence[Any]:
        self._at += 1
        values = []
        self._blank()
        while self._peek() != "]":
            values.append(self._value())
            self._comma("]")
        self._at += 1
        return values

    def _comma(self, end: str) -> bool:
        self._blank()
        if self._peek() == end:
            return False
        self._take(",")
        self._blank()
        return True

    def _scalar(self) -> Any:
        try:
            value, self._at = json.JSONDecoder().raw_decode(self._text, self._at)
        except (json.JSONDecodeError, RecursionError):
            raise self._wrong("a value is expected") from None
        return value

    def _blank(self) -> None:
        """Pass over white space and comments."""
        while True:
            while self._peek() in (" ", "\t", "\r", "\n"):
                self._at += 1
            for begin, end in (("//", "\n"), ("/*", "*/")):
                if self._text.startswith(begin, self._at):
                    found = self._text.find(end, self._at + 2)
                    self._at = len(self._text) if found < 0 else found + len(end)
                    break
            else:
                return

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._wrong(f"{sign} is expected")
        self._at += 1

    def _wrong(self, what: str) -> NoJson:
        line = self._text.count("\n", 0, self._at) + 1
        return NoJson(f"line {line}: {what}")
