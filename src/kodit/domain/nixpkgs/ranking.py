"""From lists of packages to answers, on one page.

A package is worth what its names and its description say of the question's words, more when it answers all of them,
and something for its places in the lists. One that is called exactly what was asked for comes before all others, then
those whose names begin so.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Self

from kodit.domain.nixpkgs.names import parts_of
from kodit.domain.nixpkgs.package_query import PackageCandidate
from kodit.domain.nixpkgs.package_question import PackageQuestion, squeezed
from kodit.domain.search.fusion import fuse
from kodit.domain.search.query import Match
from kodit.domain.search.question import stem

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
AFFIX = 0.2
"""A name with a part that begins or ends with the word: `torrent` in `rtorrent`."""
SHORTEST_AFFIX = 4
"""Letters that it takes for that."""

PHRASE = 1.5
"""Two neighbouring words of the question that follow each other in the description: `tiling window manager` is no
window manager for tiles."""

LISTS = 4.0
"""What the first place in every list counts: about three words of a description."""
WEIGHTS: Mapping[str, float] = {NAMES: 0.3, KEYWORDS: 1.0, MEANING: 0.5}
"""What each list counts. Names are judged by themselves, better than by their place; a small embedding model finds less
than keywords do, and knows words that nobody wrote."""

EXACTLY = 1000.0
"""Added for what is called exactly what was asked for, times what the name weighs."""
BEGINS = 10.0
"""Added for what begins with all that was asked for, likewise."""

SEVERAL = 2
"""Words from which on a question may say what it wants."""
SENTENCE = 3
"""Words from which on a question says what it wants more than what that is called."""
SENTENCE_WEIGHTS: Mapping[str, float] = {NAMES: 0.1, KEYWORDS: 0.7, MEANING: 1.0}
"""What each list counts then."""

LONGEST_READ = 2_000
"""Characters of a long description that are looked at: its beginning says what it is about."""

GUESSED = 0.8
"""What a word counts that was understood as another."""
NESTED = 0.8
"""What is left of the worth of a package in a set that the question does not name: most of these are libraries of one
language, and who wants one says of which."""
LIBRARY = 0.4
"""What is left of it in a set of libraries, where the question has several words, which say what something does:
libraries have such words in their names (`HTTPServerSimple`), programs in their descriptions."""
LIBRARIES = "packages"
"""How the names of sets of libraries end: `perlPackages`, `python35Packages`, `haskellPackages`."""

_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class RankedPackage:
    """A package in its place. `score` is only comparable within one search.

    `has_word` is set where its names or its texts have a word of the question.
    """

    candidate: PackageCandidate
    score: float
    ranks: Mapping[str, int]
    has_word: bool


def rank_packages(
    asked: PackageQuestion,
    lists: Mapping[str, Sequence[Match]],
    candidates: Mapping[int, PackageCandidate],
    limit: int,
) -> list[RankedPackage]:
    """The best `limit` packages, best first; of equals those at the top of the tree, with the shorter path, the newer
    version."""
    weights = WEIGHTS if len(asked.words) < SENTENCE else SENTENCE_WEIGHTS
    fused = [entry for entry in fuse(lists, weights) if entry.snippet_id in candidates]
    sought = [_Sought.of(asked, word) for word in asked.words]
    phrases = _phrases(asked)
    ranked = []
    for entry in fused:
        candidate = candidates[entry.snippet_id]
        worths = _worths(sought, candidate)
        score = _by_words(worths, asked)
        score += PHRASE * sum(phrase.search(candidate.description or "") is not None for phrase in phrases)
        elsewhere = _is_elsewhere(sought, candidate)
        bonus = whole_bonus(asked.whole, candidate, begun=len(asked.words) < SEVERAL or not elsewhere)
        # Versions of one package are told apart by their order, not by what a list makes of small differences.
        score += bonus or LISTS * entry.score
        score *= _worth_left(asked, candidate) if elsewhere and not bonus else 1.0
        ranked.append(RankedPackage(candidate, score, entry.ranks, has_word=bool(worths)))
    return sorted(ranked, key=_order)[: max(0, limit)]


def _order(ranked: RankedPackage) -> tuple[object, ...]:
    one = ranked.candidate
    path = str(one.attr)
    return (-round(ranked.score, 2), len(one.attr.parts), len(path), _newest_first(one.version), _newest_first(path))


def _newest_first(text: str) -> tuple[tuple[int, str], ...]:
    """Orders texts by their letters, and by their numbers from high to low."""
    return tuple((-int(part), "") if part.isdecimal() else (0, part) for part in _NUMBERS.split(text))


def _by_words(worths: Mapping[str, float], asked: PackageQuestion) -> float:
    """What a package says of all words, times the share of them that it has: all words of a question matter."""
    return sum(worths.values()) * len(worths) / max(1, len(asked.words))


@dataclass(frozen=True, slots=True)
class _Named:
    """A name, or a word, taken apart."""

    squeezed: str
    parts: frozenset[str]
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Sought:
    """A word of the question: each of its readings, with what it counts and how texts have it."""

    word: str
    readings: Sequence[tuple[float, str, re.Pattern[str]]]

    @classmethod
    def of(cls, asked: PackageQuestion, word: str) -> Self:
        sure = GUESSED if word in asked.understood else 1.0
        return cls(word, [(sure, reading, _in_text(reading)) for reading in asked.readings(word)])


def _worths(sought: Sequence[_Sought], candidate: PackageCandidate) -> dict[str, float]:
    """What a package says of each word that it has. Names count by how many of the words they have."""
    by_names = {one.word: max(sure * _by_names(word, candidate) for sure, word, _ in one.readings) for one in sought}
    share = math.sqrt(sum(worth > 0 for worth in by_names.values()) / max(1, len(by_names)))
    worths = {}
    for one in sought:
        by_texts = max(sure * _by_texts(pattern, candidate) for sure, _, pattern in one.readings)
        if worth := share * by_names[one.word] + by_texts:
            worths[one.word] = worth
    return worths


def _worth_left(asked: PackageQuestion, candidate: PackageCandidate) -> float:
    """What is left of the worth of a package in a set that the question does not name."""
    is_library = candidate.attr.parts[-2].casefold().endswith(LIBRARIES)
    return LIBRARY if is_library and len(asked.words) >= SEVERAL else NESTED


def _is_elsewhere(sought: Sequence[_Sought], candidate: PackageCandidate) -> bool:
    """Whether a package is in a set of which the question has no word."""
    scope = ".".join(candidate.attr.parts[:-1])
    return bool(scope) and not any(likeness(word, scope) for one in sought for _, word, _ in one.readings)


def _by_names(word: str, candidate: PackageCandidate) -> float:
    by_attribute = max(likeness(word, ".".join(candidate.attr.parts)), likeness(word, candidate.attr.name))
    by_name = max(likeness(word, candidate.pname), likeness(word, candidate.main_program or ""))
    return max(ATTRIBUTE * by_attribute, PNAME * by_name)


def _by_texts(pattern: re.Pattern[str], candidate: PackageCandidate) -> float:
    description, long_description = candidate.description or "", candidate.long_description or ""
    in_long = pattern.search(long_description[:LONGEST_READ]) is not None
    return DESCRIPTION * (pattern.search(description) is not None) + LONG_DESCRIPTION * in_long


def says(word: str, candidate: PackageCandidate) -> bool:
    """Whether a package has a word, in its names or its texts."""
    return _by_names(word, candidate) > 0 or _by_texts(_in_text(word), candidate) > 0


def likeness(word: str, name: str) -> float:
    """How much a name is the word: from 0 to 1."""
    wanted, held = _named(word), _named(name)
    if not held.squeezed or wanted.squeezed == held.squeezed:
        return float(bool(held.squeezed))
    share = (1 + min(1.0, len(wanted.squeezed) / len(held.squeezed))) / 2
    if held.squeezed.startswith(wanted.squeezed):
        return PREFIX * len(wanted.squeezed) / len(held.squeezed)
    if (wanted.parts and wanted.parts <= held.parts) or stem(wanted.squeezed) in held.stems:
        return PART * share
    if len(wanted.squeezed) < SHORTEST_AFFIX:
        return 0.0
    ends = any(part.startswith(wanted.squeezed) or part.endswith(wanted.squeezed) for part in held.parts)
    return AFFIX * share * ends


def whole_bonus(whole: str, candidate: PackageCandidate, *, begun: bool) -> float:
    """What is added for a package that is called exactly, or where `begun` begins with, all that was asked for."""
    if not whole:
        return 0.0
    path, last = _named(".".join(candidate.attr.parts)).squeezed, _named(candidate.attr.name).squeezed
    named = [(ATTRIBUTE + 1, path), (ATTRIBUTE, last), (PNAME, _named(candidate.pname).squeezed)]
    if candidate.main_program:
        named.append((PNAME, _named(candidate.main_program).squeezed))
    exactly = max((weight for weight, name in named if name == whole), default=0.0)
    begins = max((weight for weight, name in named if name.startswith(whole)), default=0.0)
    return EXACTLY * exactly or BEGINS * begins * begun


@lru_cache(maxsize=50_000)  # names come back with every search: about 30 MB when full
def _named(name: str) -> _Named:
    parts = frozenset(parts_of(name))
    return _Named(squeezed(name), parts, frozenset(map(stem, parts)))


def _phrases(asked: PackageQuestion) -> Sequence[re.Pattern[str]]:
    """What finds two neighbouring words of the question in a text."""
    found = (_with_endings(asked.readings(word)[0]) for word in asked.words)
    return [re.compile(rf"(?<![^\W_]){one}[\W_]+{other}(?![^\W_])", re.IGNORECASE) for one, other in pairwise(found)]


def _in_text(word: str) -> re.Pattern[str]:
    """Finds a word in a text, whatever ending of English it has there."""
    return re.compile(rf"(?<![^\W_]){_with_endings(word)}(?![^\W_])", re.IGNORECASE)


def _with_endings(word: str) -> str:
    """A regular expression for a word and its forms in English, as roughly as `stem` tells them."""
    stemmed = re.escape(stem(word))
    if stemmed.endswith("y"):
        stemmed = f"{stemmed[:-1]}(?:y|ie)"
    return f"{stemmed}(?:s|es|e|ed|er|ers|ing|ings|ion|ions|or|ors)?"
