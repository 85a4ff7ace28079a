"""XML without declarations: no document type, so no entities that could grow or lead elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from kodit.infrastructure.manifests.values import UnreadableError

_DEEPEST = 60
_MOST_ELEMENTS = 200_000


@dataclass(slots=True)
class Element:
    """An element: its name without namespace, its attributes, its children and its text."""

    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def all(self, *names: str) -> Iterator["Element"]:
        """The elements at the end of this way, one name for each level."""
        found = [self]
        for name in names:
            found = [child for element in found for child in element.children if child.name == name]
        yield from found

    def text(self, *names: str) -> str | None:
        """The text of the first element at the end of this way, without spaces around it; None without one."""
        first = next(self.all(*names), None)
        return None if first is None else "".join(first.texts).strip() or None


def xml_tree(text: str) -> Element:
    """The root element. Raises UnreadableError for what is no XML, is too deep, or declares a document type."""
    stack: list[Element] = [Element("", {})]
    parser = expat.ParserCreate("utf-8")
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > _DEEPEST or count > _MOST_ELEMENTS:
            raise UnreadableError("XML with too many elements")
        element = Element(name.rpartition(":")[2], attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_: str) -> None:
        stack.pop()

    def characters(text: str) -> None:
        stack[-1].texts.append(text)

    def document_type(*_: object) -> None:
        raise UnreadableError("XML with a document type")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = document_type
    parser.buffer_text = True
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise UnreadableError(f"no XML: {error}") from None
    return stack[0].children[0]
