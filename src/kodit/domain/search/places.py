"""What a path says about the code behind it: tests, examples, documents, other people's code, generated code."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from kodit.domain.search.question import stem


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of path that rarely holds the answer. Its score is multiplied by `factor` unless the query asks for it."""

    factor: float
    paths: re.Pattern[str]
    asked_by: frozenset[str]


def _place(factor: float, folders: str, names: str, asked_by: str) -> Place:
    pattern = rf"(?:^|/)(?:{folders})/|(?:^|/)(?:{names})$"
    return Place(factor, re.compile(pattern, re.IGNORECASE), frozenset(map(stem, asked_by.split())))


PLACES = (
    # Tests repeat every name and every word of what they test, so they crowd it out.
    _place(
        0.3,
        r"tests?|testing|testdata|specs?|__tests__|__mocks__|mocks?|fixtures?|e2e|[^/]*[-_.]tests?|tests?[-_.][^/]*",
        r"test_[^/]*|conftest\.py|[^/]*[-_.](?:tests?|spec|mock)\.\w+",
        "test tests testing tested spec specs fixture mock conftest pytest unittest assert asserts e2e",
    ),
    _place(
        0.6,
        r"examples?|samples?|demos?|tutorials?|bench(?:marks?)?|playground",
        r"[^/]*[-_.](?:example|sample|bench)\.\w+",
        "example sample demo tutorial usage benchmark bench",
    ),
    _place(
        0.75,
        r"docs?|documentation|changelogs?",
        r"[^/]*\.(?:md|mdx|rst|adoc|txt)|changelog[^/]*",
        "doc docs documentation readme guide tutorial manual install installation changelog release contribute",
    ),
    _place(
        0.4,
        r"_?vendor(?:ed)?|third[-_]?party|node_modules|bower_components|site-packages|external|extern",
        r"[^/]*[.-]min\.\w+",
        "vendor vendored external bundled",
    ),
    _place(
        0.5,
        r"__generated__|generated|autogen",
        r"[^/]*(?:_pb2(?:_grpc)?\.pyi?|\.pb\.(?:go|cc|h)|[._-](?:generated|gen|g)\.\w+)",
        "generated generator protobuf proto pb2 grpc",
    ),
    # A declaration without a body repeats the name of the definition that people look for.
    _place(0.7, r"typings|stubs", r"[^/]*\.(?:pyi|d\.ts|d\.mts)", "stub typing typings declaration pyi"),
)
"""That of tests follows questions about a standard library whose files are tests for the larger part: two thirds of
them were answered a little better at 0.3 than at 0.5, and no worse at 0.2; the third left out did not tell them
apart. The others are guesses of size, ordered by how rarely such a file answers a question about a program."""


def path_factor(path: str, asked: Collection[str]) -> float:
    """The strongest factor that holds for the path and was not asked for; 1 for most paths. `asked` are stems."""
    return min((place.factor for place in _places_of(path) if place.asked_by.isdisjoint(asked)), default=1.0)


@lru_cache(maxsize=20_000)
def _places_of(path: str) -> tuple[Place, ...]:
    return tuple(place for place in PLACES if place.paths.search(path))
