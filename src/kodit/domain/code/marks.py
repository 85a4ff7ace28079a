"""How far each derived index has followed the stored snippets."""

from dataclasses import dataclass
from enum import StrEnum


class Derived(StrEnum):
    """What is made from the snippets of an index, and can be made again."""

    KEYWORDS = "keywords"
    CODE_VECTORS = "code vectors"
    TEXT_VECTORS = "text vectors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A derived index has every snippet of `index_id` up to and including `snippet_id`, made with `model`.

    Snippet ids only grow, so what is above the mark is new. A mark of another model counts as none.
    """

    index_id: int
    derived: Derived
    model: str
    snippet_id: int
