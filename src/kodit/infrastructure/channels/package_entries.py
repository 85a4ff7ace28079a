"""The entries of a list of packages, whichever of three forms it has.

* a channel's packages.json, `{"version": 2, "packages": {attribute: {name, pname, version, system, outputs, meta}}}`
* what `nix-env -qaP --json --meta` prints: these entries without anything around them
* a list of attributes with what is built of them, `{attribute: [[name, output, whether it is its own, ...], ...]}`
"""

from collections.abc import Generator, Iterator
from typing import Any

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.cleaning import check_path
from kodit.domain.nixpkgs.texts import line
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, RawPackage
from kodit.infrastructure.channels.json_members import JsonText

VERSION = "2"
"""The version of packages.json that is read: the only one that there has been since channels have it."""

_REMEDY = "give a channel's packages.json, or what nix-env -qaP --json --meta prints"


def entries(chunks: Iterator[bytes]) -> Generator[Evaluated, None, None]:
    """What a list has, in its order; an entry that is none is a failure of its own.

    Of an attribute that stands there twice, the first is taken. Raises InvalidInput, which names the byte, for what is
    no JSON or has no packages in it.
    """
    seen: set[str] = set()
    packages = 0
    for key, value in _members(JsonText(chunks)):
        found = _evaluated(key, value)
        attr = str(found.attr)
        if isinstance(found, RawPackage):
            packages += 1
            if attr in seen:
                found = EvaluationFailure(found.attr, "stands in the list twice; the first of them is taken")
            seen.add(attr)
        yield found
    if packages == 0:
        raise InvalidInput("there are no packages in this list", remedy=_REMEDY)


def _members(text: JsonText) -> Iterator[tuple[str, Any]]:
    """Attributes with their entries, from either side of an object around them."""
    if text.peek() != "{":
        raise InvalidInput("the list is no JSON object", remedy=_REMEDY)
    bare = False
    for key in text.members():
        if key == "packages" and not bare and text.peek() == "{":
            yield from ((inner, text.value()) for inner in text.members())
            continue
        value = text.value()
        if isinstance(value, dict | list):
            bare = True
            yield key, value
        elif key == "version" and str(value) != VERSION:
            raise InvalidInput(f"this list is of version {value!r}; kodit reads version {VERSION}", remedy=_REMEDY)
    text.end()


def _evaluated(key: str, value: Any) -> Evaluated:
    try:
        attr = AttrPath.parse(key)
        check_path(attr)
    except InvalidInput as error:
        return EvaluationFailure(AttrPath((line(key, 200) or "?",)), str(error))
    fields = _built(value) if isinstance(value, list) else value
    if not isinstance(fields, dict) or not any(isinstance(fields.get(name), str) for name in ("name", "pname")):
        return EvaluationFailure(attr, "the entry of the list does not say what it is called")
    return RawPackage(attr, fields)


def _built(listed: list[Any]) -> dict[str, Any] | None:
    """The fields of an attribute of which only its outputs are known, each with a name that ends with the output's.

    What is marked as false is none of its own: others have built it on the way, and may call it the same.
    """
    named = [one for one in listed if isinstance(one, list) and len(one) > 1 and _are_texts(one[:2])]
    outputs: dict[str, str] = {}
    for name, output in (one[:2] for one in named if one[2:3] != [False]):
        outputs.setdefault(output, name)
    if not outputs:
        return None
    first = "out" if "out" in outputs else next(iter(outputs))
    name = outputs[first] if first == "out" else outputs[first].removesuffix(f"-{first}")
    return {"name": name, "outputs": dict.fromkeys(outputs)}


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
