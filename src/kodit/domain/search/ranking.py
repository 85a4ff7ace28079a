"""From lists of matches to answers, on one page.

The fused score is multiplied by what speaks for a candidate (it defines what was named, its file is named like the
question, its file has several hits) and by what speaks against it (tests, copies, a file that has answered already).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from kodit.domain.code.snippet import DEFINITIONS, SnippetKind
from kodit.domain.search.candidate import Candidate, Ranked
from kodit.domain.search.folding import fold
from kodit.domain.search.fusion import Fused, fuse
from kodit.domain.search.places import path_factor
from kodit.domain.search.query import Match
from kodit.domain.search.question import WEIGHTS, Question, dotted, last_part, question, squeezed, stems_of

NAMED_EXACTLY = 7.0
"""Added for a snippet that defines a symbol which the query names. Exact names come first, then loose ones, then all
others, which reach 2.8 at most; among equals the fused score decides."""
NAMED_LOOSELY = 3.0
"""The same in another case or convention, or under another qualifier."""
TOP_LEVEL = 0.5
"""Added to either for what has no qualifier when the query writes none: a bare name is first of all that of a function
or class, then of somebody's method."""

SYMBOL_WORDS = 1.0
"""The query has every word of the symbol; with a part of the words the square of that part, as half a name is mostly
somebody else's."""
ONE_WORD = 0.4
"""A symbol of one word that the query has: names like `parse` or `run` say less."""

FILE_STEM = 0.3
"""The file is called what the query asks for: people name files after what is central to them."""
FOLDER = 0.1
"""A folder is."""

COHERENCE = 0.4
"""At most this for a file with many good hits: it is about the question, not a passing mention."""
COHERENT_PLACES = 10
"""A hit in this place of the fused order supports its file half as much as the first."""

SATURATION = 0.8
"""Each further snippet of a file counts this much of the one before: a second look at one file tells less than a first
at another."""
MOST_PER_FILE = 3
"""Answers from one file, as long as there are others."""

PRIVATE = 0.8
"""A definition whose name begins with an underscore serves another one, which people look for."""

BLOCK = 0.5
"""Lines between definitions are mostly imports: they mention what others define."""


def rank(
    text: str, lists: Mapping[str, Sequence[Match]], candidates: Mapping[int, Candidate], limit: int
) -> list[Ranked]:
    """The best `limit` answers, best first, equals by lower id; matches without a candidate are left out."""
    asked = question(text)
    present = [entry for entry in fuse(lists, WEIGHTS[asked.shape]) if entry.snippet_id in candidates]
    ranks = {entry.snippet_id: entry.ranks for entry in present}
    scores = _scores(asked, present, candidates)
    ordered = sorted(scores, key=partial(_order, scores))
    saturated = _saturated(scores, (candidates[snippet_id] for snippet_id in ordered))
    best_first = [candidates[snippet_id] for snippet_id in sorted(saturated, key=partial(_order, saturated))]
    chosen, folded = _chosen(best_first, limit)
    return [
        Ranked(candidates[it], saturated[it], ranks[it], tuple(folded[it]))
        for it in sorted(chosen, key=partial(_order, saturated))
    ]


def _order(scores: Mapping[int, float], snippet_id: int) -> tuple[float, int]:
    return (-scores[snippet_id], snippet_id)


def _scores(asked: Question, fused: Sequence[Fused], candidates: Mapping[int, Candidate]) -> dict[int, float]:
    support = _support(candidates[entry.snippet_id].file for entry in fused)
    of_path: dict[str, tuple[float, float]] = {}
    scores = {}
    for place, entry in enumerate(fused):
        candidate = candidates[entry.snippet_id]
        if candidate.path not in of_path:
            of_path[candidate.path] = (file_boost(candidate.path, asked), path_factor(candidate.path, asked.stems))
        boost, factor = of_path[candidate.path]
        others = support[candidate.file] - _supports(place)
        boost += symbol_boost(candidate, asked) + COHERENCE * others / (1 + others)
        score = entry.score * (1 + boost) + name_bonus(candidate, asked)
        scores[entry.snippet_id] = score * factor * _kind_factor(candidate, asked)
    return scores


def name_bonus(candidate: Candidate, asked: Question) -> float:
    """More than 0 when the query names what the snippet defines."""
    if not asked.names or not candidate.symbol or candidate.kind not in DEFINITIONS:
        return 0.0
    name = last_part(candidate.symbol)
    if name in asked.names or any(_qualifies(it, candidate.symbol) for it in asked.names):
        tier = NAMED_EXACTLY
    elif squeezed(name) in asked.squeezed_names:
        tier = NAMED_LOOSELY
    else:
        return 0.0
    return tier + TOP_LEVEL if squeezed(candidate.symbol) in asked.bare_names else tier


def _qualifies(asked_name: str, symbol: str) -> bool:
    """True when a qualified name is the symbol or its end: `Client.send` for `http.Client.send`."""
    return "." in asked_name and f".{dotted(symbol)}".endswith(f".{asked_name}")


def symbol_boost(candidate: Candidate, asked: Question) -> float:
    """How many of the words in the name of what the snippet defines are words of the query: all, when it is some of
    the query's words written as one."""
    if not candidate.symbol or candidate.kind not in DEFINITIONS:
        return 0.0
    name = last_part(candidate.symbol)
    if squeezed(name) in asked.joined:
        return SYMBOL_WORDS
    stems = stems_of(name)
    if not stems:
        return 0.0
    return (SYMBOL_WORDS if len(stems) > 1 else ONE_WORD) * (len(stems & asked.stems) / len(stems)) ** 2


def file_boost(path: str, asked: Question) -> float:
    """How well the file's name and its folders say what the query says."""
    folders, _, name = path.rpartition("/")
    stems = stems_of(name.partition(".")[0])
    matched = len(stems & asked.stems) / len(stems) if stems else 0.0
    in_folder = not asked.stems.isdisjoint(stems_of(folders))
    return FILE_STEM * matched + FOLDER * in_folder


def _support(files: Iterable[tuple[int, str]]) -> Mapping[tuple[int, str], float]:
    """How much all hits of each file, in fused order, speak for it."""
    support: Counter[tuple[int, str]] = Counter()
    for place, file in enumerate(files):
        support[file] += _supports(place)  # type: ignore[assignment]  # a Counter adds floats as well
    return support


def _supports(place: int) -> float:
    return COHERENT_PLACES / (COHERENT_PLACES + place)


def _kind_factor(candidate: Candidate, asked: Question) -> float:
    if candidate.kind is SnippetKind.BLOCK:
        return BLOCK
    return PRIVATE if candidate.symbol and _private(last_part(candidate.symbol)) and not asked.names else 1.0


def _private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def _saturated(scores: Mapping[int, float], best_first: Iterable[Candidate]) -> dict[int, float]:
    seen: Counter[tuple[int, str]] = Counter()
    saturated = {}
    for candidate in best_first:
        saturated[candidate.snippet_id] = scores[candidate.snippet_id] * SATURATION ** seen[candidate.file]
        seen[candidate.file] += 1
    return saturated


def _chosen(best_first: Iterable[Candidate], limit: int) -> tuple[list[int], Mapping[int, list[int]]]:
    """The answers, and what was folded into each; a file's surplus fills what others leave free."""
    chosen: list[int] = []
    surplus: list[int] = []
    folded: dict[int, list[int]] = {}
    from_file: Counter[tuple[int, str]] = Counter()
    for candidate, same in fold(best_first):
        if len(chosen) >= limit:
            break
        if same is not None:
            folded[same.snippet_id].append(candidate.snippet_id)
            continue
        folded[candidate.snippet_id] = []
        from_file[candidate.file] += 1
        (chosen if from_file[candidate.file] <= MOST_PER_FILE else surplus).append(candidate.snippet_id)
    return (chosen + surplus)[: max(0, limit)], folded
