"""What a tool is given: told to assistants as JSON Schema, and checked with patience for how they write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kodit.domain.errors import InvalidInput


class Shape(StrEnum):
    """What a value is, in the words of JSON Schema."""

    TEXT = "string"
    TEXTS = "array"
    NUMBER = "integer"
    SWITCH = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument of a tool; a number beyond its bounds stands for the nearest within."""

    name: str
    meaning: str
    shape: Shape = Shape.TEXT
    required: bool = False
    usual: int | None = None
    least: int = 0
    most: int = 1_000_000

    @property
    def schema(self) -> Mapping[str, Any]:
        """As JSON Schema, in few words: every conversation pays for them."""
        schema: dict[str, Any] = {"type": self.shape.value, "description": self.meaning}
        if self.shape is Shape.TEXTS:
            schema["items"] = {"type": "string"}
        if self.usual is not None:
            schema["default"] = self.usual
        return schema

    def value(self, given: Any) -> Any:
        """The value as the tool takes it. Raises InvalidInput."""
        match self.shape, given:
            case Shape.TEXT, str():
                return given
            case Shape.TEXTS, str():
                return (given,)
            case Shape.TEXTS, [*texts] if all(isinstance(text, str) for text in texts):
                return tuple(texts)
            case Shape.NUMBER, bool():
                pass
            case Shape.NUMBER, int() | float() | str() if _is_whole(given):
                return max(self.least, min(int(float(given)), self.most))
            case Shape.SWITCH, bool():
                return given
            case Shape.SWITCH, "true" | "false":
                return given == "true"
            case _:
                pass
        raise InvalidInput(f"{self.name} is {_told(given)!r}", remedy=f"give {_WANTED[self.shape]}: {self.meaning}")


_WANTED = {
    Shape.TEXT: "a text",
    Shape.TEXTS: "a list of texts",
    Shape.NUMBER: "a whole number",
    Shape.SWITCH: "true or false",
}


def schema_of(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments."""
    schema: dict[str, Any] = {"type": "object", "properties": {one.name: one.schema for one in parameters}}
    if required := [one.name for one in parameters if one.required]:
        schema["required"] = required
    return schema


def checked(parameters: Sequence[Parameter], arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments by name, with the usual values for those that were not given.

    Raises InvalidInput for one that there is none of, that is missing, or that makes no sense.
    """
    by_name = {one.name: one for one in parameters}
    for name in arguments.keys() - by_name.keys():
        raise InvalidInput(f"there is no parameter {str(name)[:40]!r}", remedy=f"there are {', '.join(by_name)}")
    values: dict[str, Any] = {}
    for name, parameter in by_name.items():
        given = arguments.get(name)
        if given is None:
            if parameter.required:
                raise InvalidInput(f"{name} is missing", remedy=f"give it: {parameter.meaning}")
            values[name] = _nothing(parameter)
        else:
            values[name] = parameter.value(given)
    return values


def _nothing(parameter: Parameter) -> Any:
    nothing: Mapping[Shape, Any] = {Shape.TEXT: "", Shape.TEXTS: (), Shape.SWITCH: False}
    return nothing.get(parameter.shape, parameter.usual)


def _told(given: Any) -> str:
    try:
        return str(given)[:60]
    except ValueError:
        # Python writes no number of more than 4300 digits.
        return "a number of very many digits"


def _is_whole(given: float | str) -> bool:
    try:
        return float(given).is_integer()
    except (ValueError, OverflowError):
        return False
