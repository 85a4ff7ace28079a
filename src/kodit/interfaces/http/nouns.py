"""What answers look like: JSON Schema of kodit's nouns, made from their fields as `plain` writes them."""

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from kodit.domain.errors import KoditError
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.tasks.task_type import OtherTaskType

Schema = Mapping[str, Any]

_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    timedelta: {"type": "number", "description": "Seconds."},
    Any: {},
}
_TYPE_NAME: Schema = {"type": "string", "description": "The name of a type of tasks.", "examples": ["EXTRACT"]}
_ATTRIBUTE_PATH: Schema = {
    "type": "string",
    "description": "An attribute path, as nix writes it.",
    "examples": ["python3Packages.numpy"],
}
_ERROR: Schema = {
    "type": "object",
    "description": "Why something could not be done.",
    "properties": {
        "kind": {"type": "string"},
        "message": {"type": "string"},
        "remedy": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["kind", "message", "remedy"],
}


class Nouns:
    """Collects the schemas of all nouns that answers are made of, by their names."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of a type of values; that of a noun is a reference to what is collected."""
        if kind in _PLAIN:
            return _PLAIN[kind]
        if isinstance(kind, type) and not get_args(kind):
            return self._of_class(kind)
        origin, parts = get_origin(kind), get_args(kind)
        if origin in (Union, UnionType):
            return _TYPE_NAME if OtherTaskType in parts else {"anyOf": [self.of(part) for part in parts]}
        if issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(parts[1])}
        if issubclass(origin, Collection):
            return self._of_several(origin, parts)
        raise TypeError(f"there is no schema of {kind}")

    def page_of(self, kind: type) -> Schema:
        """The schema of one page of a list."""
        return _object(
            {
                "items": {"type": "array", "items": self.of(kind)},
                "next": {
                    "anyOf": [{"type": "string"}, {"type": "null"}],
                    "description": "The `cursor` of the next page; null on the last one.",
                },
            }
        )

    def _of_class(self, kind: type) -> Schema:
        if issubclass(kind, KoditError):
            return _ERROR
        if kind is AttrPath:
            return _ATTRIBUTE_PATH
        names = [field.name for field in fields(kind)] if is_dataclass(kind) else getattr(kind, "_fields", None)
        if names is None and not issubclass(kind, Enum):
            raise TypeError(f"there is no schema of {kind}")
        name = kind.__name__
        if name not in self.schemas:
            # A noun may hold others of its own kind, so its name is taken before it is looked into.
            self.schemas[name] = {}
            self.schemas[name] = self._of_enum(kind) if issubclass(kind, Enum) else self._of_noun(kind, names or ())
        return {"$ref": f"#/components/schemas/{name}"}

    def _of_enum(self, kind: type[Enum]) -> Schema:
        words = [member.value if issubclass(kind, StrEnum) else member.name for member in kind]
        return {"type": "string", "enum": words, "description": _meaning(kind)}

    def _of_noun(self, kind: Any, names: Collection[str]) -> Schema:
        hints = get_type_hints(kind)
        return _object({name: self.of(hints[name]) for name in names}, description=_meaning(kind))

    def _of_several(self, origin: type, parts: Sequence[Any]) -> Schema:
        if issubclass(origin, tuple) and parts[-1] is not Ellipsis:
            each = [self.of(part) for part in parts]
            return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}
        return {"type": "array", "items": self.of(parts[0])}


def described(**properties: Schema) -> Schema:
    """The schema of an object that has all of these."""
    return _object(properties)


def _object(properties: Mapping[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": [*properties], **more}


def _meaning(kind: type) -> str:
    return inspect.getdoc(kind) or ""
