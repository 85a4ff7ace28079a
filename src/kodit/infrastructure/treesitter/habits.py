"""What a language's names have of their own: how they are joined, which words stand for the object itself."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from kodit.domain.code.reference import Import, ReferenceKind

NAME = rb"[\w$\x80-\xff]++"
"""A name in bytes. Letters beyond ASCII are no letters to a pattern of bytes."""

DOTTED = NAME + rb"(?:\s*+\.\s*+" + NAME + rb")*+"
PATH = NAME + rb"(?:\s*+::\s*+" + NAME + rb")*+"
SPACED = NAME + rb"(?:\\" + NAME + rb")*+"


class Taken(NamedTuple):
    """An import, and which names of the module it takes, each with the byte where it stands."""

    imported: Import
    names: tuple[tuple[int, str], ...] = ()
    bound_at: tuple[int, ...] = ()
    """Where it binds names, if that looks like an assignment: these names are no locals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a language writes names.

    `joints` stand between the parts of a chain of names. `selves` are the words for the object or type itself, `roots`
    those for modules; `words` are words of the language with what they are called at the beginning of a qualifier.
    `sigil` stands before every variable, and nothing else.
    `typed` and `made` are patterns with groups `name` and `type` that tell the type of a local at the beginning of a
    node captured as `@typed` or `@made`; the name may be several with commas between them.
    `reads_all` is set where a name that is not local can only be one of a file or package, and not where the language
    has so many names of its own that only what the file defines or imports is worth a reference.
    `bare` is the kind of a bare name that is only read. `makes` is set where calling a name with a capital letter
    makes an instance of that class. `members_bare` is set where members are used without naming the object.
    `reserved` are names of the language itself that look like any other.
    """

    imports: Callable[[Sequence[Node], Sequence[Node], bytes], Iterator[Taken]]
    joints: frozenset[bytes] = frozenset({b"."})
    selves: frozenset[str] = frozenset({"this"})
    words: Mapping[str, str] = field(default_factory=lambda: {"super": "super"})
    roots: frozenset[str] = frozenset()
    sigil: str | None = None
    typed: tuple[re.Pattern[bytes], ...] = ()
    made: tuple[re.Pattern[bytes], ...] = ()
    reads_all: bool = False
    bare: ReferenceKind = ReferenceKind.USE
    makes: bool = False
    members_bare: bool = False
    reserved: frozenset[str] = frozenset()
