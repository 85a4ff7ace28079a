"""What no file may contain. The words are put together here, so that this file does not contain them either."""

import ast
import re
from pathlib import Path

import pytest
from source_tree import ROOT, files, modules

UNFINISHED = [a + b for a, b in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK"), ("NotImplemented", "Error"))]
REGISTRIES = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
]
MACHINE = ["/".join(("", "work", "main")), "/".join(("", "work", "shared")), "/".join(("", "tmp", "briefs"))]
GONE = ["INDEX" + "_UPDATE", "run" + "_index("]
MEANT = {("tests/unit/enrichment/test_description.py", UNFINISHED[0]): "a comment that descriptions pass over"}
MADE_OF_TIME = {f"tests/chaos/chaos_{name}.py" for name in ("faults", "homes", "work")}
"""A fault lasts for a while, and so does the work that it interrupts."""
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".sh", ".scm", ".mako", ".yml", ".yaml", ".json", ""}


def _texts() -> dict[str, str]:
    named = [name for name in files() if Path(name).suffix in TEXT_SUFFIXES and name != "LICENSE"]
    return {name: (ROOT / name).read_text(errors="replace") for name in named}


@pytest.mark.parametrize(
    "words",
    [UNFINISHED, REGISTRIES, MACHINE, GONE],
    ids=["unfinished work", "registry hosts", "paths of one machine", "names given up"],
)
def test_no_file_contains(words: list[str]) -> None:
    forbidden = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words))
    found = {(name, match) for name, text in _texts().items() for match in forbidden.findall(text)}
    assert found - MEANT.keys() == set()


def test_tests_wait_for_events_and_never_sleep() -> None:
    sleeping = [
        f"{module.place}:{call.lineno}"
        for module in modules("tests")
        if module.place not in MADE_OF_TIME
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == "sleep"
        # Giving way to other coroutines takes no time.
        if not (call.args and ast.unparse(call.args[0]) == "0")
    ]
    assert sleeping == []


def test_tests_mock_nothing() -> None:
    mocking = [
        f"{module.place}:{node.lineno}"
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if {"mock", "pytest_mock"} & set(re.split(r"\W+", ast.unparse(node)))
    ]
    assert mocking == []
