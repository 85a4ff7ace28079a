"""Names say what a thing is."""

import ast
from collections import Counter
from pathlib import PurePosixPath

from source_tree import modules, words

EMPTY_WORDS = {"manager", "helper", "helpers", "util", "utils", "common", "base", "impl", "data", "info", "v2"}
"""Words that tell nothing when a name ends in them, or when they are the whole name."""

MOMENTS = ("_at", "_until", "now")


def test_no_class_and_no_file_bears_an_empty_name() -> None:
    empty = []
    for module in modules("src", "tests", "scripts", "benchmarks", "examples"):
        name = PurePosixPath(module.place).stem
        if name.split("_")[-1] in EMPTY_WORDS:
            empty.append(module.place)
        empty += [
            f"{module.place}:{node.lineno} {node.name}"
            for node in module.classes()
            if words(node.name)[-1].lower() in EMPTY_WORDS
        ]
    assert empty == []


def test_moments_end_in_at_and_deadlines_in_until() -> None:
    unclear = [
        f"{module.place}:{statement.lineno} {statement.target.id}"
        for module in modules("src/kodit/domain", "src/kodit/application")
        for node in module.classes()
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        if ast.unparse(statement.annotation).split(" | ")[0] == "datetime"
        if not f"_{statement.target.id}".endswith(MOMENTS)
    ]
    assert unclear == []


def test_package_files_are_empty() -> None:
    full = [
        module.place
        for module in modules("src")
        if module.place.endswith("/__init__.py") and module.place != "src/kodit/__init__.py" and module.text.strip()
    ]
    assert full == []


def test_no_two_test_files_bear_one_name() -> None:
    """Pytest imports them by their bare names: the second would not be collected."""
    places = [PurePosixPath(module.place) for module in modules("tests")]
    named = Counter(place.name for place in places if place.stem not in {"__init__", "conftest"})
    assert [name for name, times in named.items() if times > 1] == []
