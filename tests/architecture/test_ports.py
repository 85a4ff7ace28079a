"""Every port has a contract suite, and its implementations are found by its name."""

import ast
import re
from pathlib import PurePosixPath

import pytest
from source_tree import ROOT, is_protocol, modules, snake

# Ports that are held to a suite by what they consist of.
COMPOSED = {
    "WorkingCopies": "opens working copies; its suite is theirs",
    "UnitOfWork": "a bundle of repositories, each with its own suite",
    "Storage": "opens units of work; the repositories' suites run through it",
    "Handler": "the shape of a function",
    "Runs": "the shape of what a server keeps going; each such part has tests of its own",
    "Starts": "the same, of what takes a while to begin",
}

# A file may be named otherwise for the reason given here.
ELSEWHERE = {
    "WorkingCopies": "working_copy",  # opens and is opened, in one file where both are short
    "Storage": "unit_of_work",  # the same
}

PORTS = {
    node.name: ast.get_docstring(node) or ""
    for module in modules("src/kodit/domain", "src/kodit/application")
    for node in module.classes()
    if is_protocol(node)
}


def test_ports_are_found() -> None:
    assert {"TaskRepository", "KeywordIndex", "Wakeups", "UnitOfWork"} <= PORTS.keys()


@pytest.mark.parametrize("port", sorted(PORTS.keys() - COMPOSED.keys()))
def test_a_port_names_its_contract_suite(port: str) -> None:
    named = re.search(r"Held to (tests/contracts/test_\w+\.py)\.", PORTS[port])
    assert named, f"{port}'s docstring names no suite"
    assert named.group(1) == f"tests/contracts/test_{snake(port)}.py"
    assert (ROOT / named.group(1)).is_file(), f"{named.group(1)} does not exist"


def test_a_file_of_infrastructure_bears_the_name_of_the_port_that_it_implements() -> None:
    misplaced = [
        f"{module.place}: {node.name}"
        for module in modules("src/kodit/infrastructure")
        for node in module.classes()
        if not node.name.startswith("_")
        # A NixPackageRepository is no PackageRepository: the longest name is meant.
        for port in sorted((port for port in PORTS if node.name.endswith(port)), key=len)[-1:]
        if PurePosixPath(module.place).stem not in (snake(port), ELSEWHERE.get(port))
    ]
    assert misplaced == []
