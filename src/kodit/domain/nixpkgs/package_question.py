"""What a search text asks for among packages: words, and names that they may be written as."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from kodit.domain.nixpkgs.names import parts_of
from kodit.domain.search.question import stem
from kodit.domain.search.tokens import STOP_WORDS

LONGEST_READ = 500
"""Characters. What is longer is no question for a package."""
MOST_WORDS = 12
"""Words that are looked for; further ones of a text tell little."""
MOST_JOINED = 4
"""Words that may be one name: `http server` for `http-server`."""

SHORTEST_GUESSED = 3
"""Letters of a word from which on another may be meant: shorter ones are all alike."""
MOST_GUESSED = 3
"""Names that a word may be understood as."""

_WORD = re.compile(r"""[^\s,;:"'`()\[\]{}<>|!?*]+""")
_JOINTS = ("-", "_", "", ".")
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class PackageQuestion:
    """A search text, taken apart once for all candidates.

    `words` are its words in lower case, each once; words that carry no meaning are left out unless there is nothing
    else. `understood` has, for a word that nothing is called and that no text has, the names that may be meant.
    """

    words: tuple[str, ...]
    understood: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Self:
        """Any string is legal; one without words asks for nothing."""
        found = dict.fromkeys(word.strip(".-_/").casefold() for word in _WORD.findall(text[:LONGEST_READ]))
        meant = [word for word in found if word and word not in STOP_WORDS] or [word for word in found if word]
        return cls(tuple(meant[:MOST_WORDS]))

    def as_understood(self, near: Mapping[str, Sequence[str]]) -> Self:
        """The question with the names that may be meant by some of its words; none for a word leaves it as it is."""
        return replace(self, understood={word: tuple(names) for word, names in near.items() if names})

    def readings(self, word: str) -> tuple[str, ...]:
        """What a word is looked for as: itself, or the names that may be meant by it."""
        return self.understood.get(word, (word,))

    @property
    def text(self) -> str:
        """What texts are searched for: each word as it is most likely meant."""
        return " ".join(self.readings(word)[0] for word in self.words)

    @property
    def whole(self) -> str:
        """All of it as one name, alike in every spelling; empty where it is too long to be one."""
        return squeezed(self.text) if len(self.words) <= MOST_JOINED else ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it may ask for, as names are stored: its words, and all of them as one."""
        found = [name for word in self.words for reading in self.readings(word) for name in _spellings(reading)]
        whole = _spellings(self.text) if self.whole else ()
        return tuple(dict.fromkeys([*whole, *found]))

    @property
    def parts(self) -> tuple[str, ...]:
        """Every word that names may have: its words, what these consist of, and both without their endings."""
        found = [
            part for word in self.words for reading in self.readings(word) for part in (reading, *parts_of(reading))
        ]
        return tuple(dict.fromkeys(one for part in found for one in (part, stem(part)) if one))

    @property
    def beginnings(self) -> tuple[str, ...]:
        """What names may begin with."""
        return tuple(dict.fromkeys(reading for word in self.words for reading in self.readings(word)))


def squeezed(name: str) -> str:
    """A name as it is the same in every spelling: `rxvt_unicode` and `rxvt-unicode` are one."""
    return _SIGNS.sub("", name).casefold() or name


def _spellings(text: str) -> Iterator[str]:
    yield text
    parts = [part for part in _SIGNS.split(text) if part]
    if 1 < len(parts) <= MOST_JOINED:
        yield from (joint.join(parts) for joint in _JOINTS)
