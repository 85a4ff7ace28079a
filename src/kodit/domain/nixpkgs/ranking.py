"""From lists of packages to answers, on one page.

A package is worth what its names and its description say of the question's words, more when it answers all of them,
and something for its places in the lists. One that is called exactly what was asked for comes before all others, then
those whose names begin so.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kodit.domain.nixpkgs.names import parts_of
from kodit.domain.nixpkgs.package_query import PackageCandidate
from kodit.domain.nixpkgs.package_question import PackageQuestion, squeezed
from kodit.domain.search.fusion import fuse
from kodit.domain.search.query import Match
from kodit.domain.search.question import stem
from kodit.domain.search.tokens import words

NAMES = "names"
KEYWORDS = "keywords"
MEANING = "meaning"
"""The lists by their names: what is called so, what says so, what means so."""

ATTRIBUTE = 9.0
"""What a word counts that an attribute is called: the attribute is what one installs it by."""
PNAME = 6.0
"""The same for its name and for the program that one calls it for."""
DESCRIPTION = 1.3
"""A word of its description. These three are the weights of the service that this search was first made for."""
LONG_DESCRIPTION = 0.4
"""A word of its long description, which says much besides."""

PREFIX = 0.7
"""A name that begins with the word, of which the word is all but a letter; less for longer names."""
PART = 0.5
"""A name that has the word among others; less for longer names."""
PART_PREFIX = 0.2
"""A name with a part that begins with the word."""
SHORTEST_PREFIX = 3
"""Letters from which on a part may begin with a word."""

MISSING = 2.0
"""The power to which the share of the question is raised that a package answers: all words of a question matter."""

LISTS = 4.0
"""What the first place in every list counts: about three words of a description."""
WEIGHTS: Mapping[str, float] = {NAMES: 0.3, KEYWORDS: 1.0, MEANING: 0.5}
"""What each list counts. Names are judged by themselves, better than by their place; a small embedding model finds less
than keywords do, and knows words that nobody wrote."""

EXACTLY = 1000.0
"""Added for what is called exactly what was asked for, times what the name weighs."""
BEGINS = 10.0
"""Added for what begins with all that was asked for, likewise."""

GUESSED = 0.8
"""What a word counts that was understood as another."""
NESTED = 0.97
"""What each set around a package leaves of its worth: who means one in a set mostly says so."""

_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class RankedPackage:
    """A package in its place. `score` is only comparable within one search."""

    candidate: PackageCandidate
    score: float
    ranks: Mapping[str, int]


def rank_packages(
    asked: PackageQuestion,
    lists: Mapping[str, Sequence[Match]],
    candidates: Mapping[int, PackageCandidate],
    limit: int,
) -> list[RankedPackage]:
    """The best `limit` packages, best first; of equals those at the top of the tree, with the shorter path, the newer
    version."""
    fused = [entry for entry in fuse(lists, WEIGHTS) if entry.snippet_id in candidates]
    words_of = {entry.snippet_id: _worths(asked, candidates[entry.snippet_id]) for entry in fused}
    rarities = _rarities(asked.words, words_of.values())
    ranked = []
    for entry in fused:
        candidate = candidates[entry.snippet_id]
        score = _by_words(words_of[entry.snippet_id], rarities) + LISTS * entry.score
        score *= math.pow(NESTED, len(candidate.attr.parts) - 1)
        ranked.append(RankedPackage(candidate, score + whole_bonus(asked.whole, candidate), entry.ranks))
    return sorted(ranked, key=_order)[: max(0, limit)]


def _order(ranked: RankedPackage) -> tuple[object, ...]:
    one = ranked.candidate
    path = str(one.attr)
    return (-round(ranked.score, 2), len(one.attr.parts), len(path), _newest_first(one.version), _newest_first(path))


def _newest_first(text: str) -> tuple[tuple[int, str], ...]:
    """Orders texts by their letters, and by their numbers from high to low."""
    return tuple((-int(part), "") if part.isdecimal() else (0, part) for part in _NUMBERS.split(text))


def _by_words(worths: Mapping[str, float], rarities: Mapping[str, float]) -> float:
    """What a package says of all words: the mean by their rarity, less where some are missing."""
    whole = sum(rarities.values())
    if not whole:
        return 0.0
    answered = sum(rarities[word] for word in worths)
    said = sum(rarities[word] * worth for word, worth in worths.items())
    return len(rarities) * said / whole * (answered / whole) ** MISSING


def _rarities(asked: Sequence[str], found: Iterable[Mapping[str, float]]) -> Mapping[str, float]:
    """How much each word tells among the packages that were found; words that none has tell nothing."""
    having = Counter(word for worths in found for word in worths)
    most = max(having.values(), default=0)
    return {word: 1 + math.log(most / having[word]) for word in asked if having[word]}


def _worths(asked: PackageQuestion, candidate: PackageCandidate) -> dict[str, float]:
    """What a package says of each word that it has."""
    worths = {}
    for word in asked.words:
        readings = asked.readings(word)
        sure = GUESSED if word in asked.understood else 1.0
        worth = max(sure**place * worth_of(reading, candidate) for place, reading in enumerate(readings, start=1))
        if worth:
            worths[word] = worth
    return worths


def worth_of(word: str, candidate: PackageCandidate) -> float:
    """What a package says of a word, 0 where it has it nowhere."""
    by_attribute = max(likeness(word, str(candidate.attr)), likeness(word, candidate.attr.name))
    by_name = max(likeness(word, candidate.pname), likeness(word, candidate.main_program or ""))
    worth = max(ATTRIBUTE * by_attribute, PNAME * by_name)
    stemmed = stem(word)
    worth += DESCRIPTION * (stemmed in _stems(candidate.description or ""))
    return worth + LONG_DESCRIPTION * (stemmed in _stems(candidate.long_description or ""))


def likeness(word: str, name: str) -> float:
    """How much a name is the word: from 0 to 1."""
    wanted, held = squeezed(word), squeezed(name)
    if not held or wanted == held:
        return float(bool(held))
    share = (1 + len(wanted) / len(held)) / 2
    if held.startswith(wanted):
        return PREFIX * share
    having, wanting = _parts(name), _parts(word)
    if wanting <= having:
        return PART * min(1.0, share)
    if stem(wanted) in map(stem, having):
        return PART * min(1.0, share)
    begins = len(wanted) >= SHORTEST_PREFIX and any(part.startswith(wanted) for part in having)
    return PART_PREFIX * share if begins else 0.0


def whole_bonus(whole: str, candidate: PackageCandidate) -> float:
    """What is added for a package that is called exactly, or begins with, all that was asked for."""
    if not whole:
        return 0.0
    path = squeezed(str(candidate.attr))
    named = [(ATTRIBUTE + 1, path), (ATTRIBUTE, squeezed(candidate.attr.name)), (PNAME, squeezed(candidate.pname))]
    if candidate.main_program:
        named.append((PNAME, squeezed(candidate.main_program)))
    exactly = max((weight for weight, name in named if name == whole), default=0.0)
    begins = max((weight for weight, name in named if name.startswith(whole)), default=0.0)
    return EXACTLY * exactly or BEGINS * begins


@lru_cache(maxsize=50_000)  # packages come back with every search: about 20 MB when full
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(part) for word in words(text) for part in (word.casefold(), *parts_of(word)))


@lru_cache(maxsize=50_000)
def _parts(name: str) -> frozenset[str]:
    return frozenset(parts_of(name))
