import pytest

from kodit.domain.search.places import path_factor
from kodit.domain.search.question import question


def factor(path: str, query: str = "how is the gate opened") -> float:
    return path_factor(path, question(query).stems)


@pytest.mark.parametrize(
    "path",
    [
        "src/kodit/gate.py",
        "gate.py",
        "lib/attestation.py",
        "src/latest/contest.go",
        "src/documents/store.py",
        "app/demolish.ts",
    ],
)
def test_an_ordinary_path_costs_nothing(path: str) -> None:
    assert factor(path) == 1.0


@pytest.mark.parametrize(
    ("path", "asking"),
    [
        ("tests/unit/gate.py", "test of the gate"),
        ("src/test/java/Gate.java", "unit tests for the gate"),
        ("net/gate_test.go", "how is the gate tested"),
        ("web/gate.spec.ts", "gate specs"),
        ("web/__tests__/gate.tsx", "testing the gate"),
        ("conftest.py", "pytest fixtures"),
        ("examples/gate.py", "example of a gate"),
        ("bench/gate.rs", "benchmark of the gate"),
        ("docs/gate.md", "documentation of the gate"),
        ("README.md", "readme"),
        ("vendor/github.com/x/gate.go", "vendored gate"),
        ("web/node_modules/gate/index.js", "external gate"),
        ("static/gate.min.js", "bundled gate"),
        ("gate_pb2.py", "protobuf of the gate"),
        ("api/gate.pb.go", "generated gate"),
        ("types/gate.d.ts", "typings of the gate"),
    ],
)
def test_a_place_that_rarely_answers_costs_unless_it_is_asked_for(path: str, asking: str) -> None:
    assert factor(path) < 1.0
    assert factor(path, asking) == 1.0


def test_of_several_reasons_the_strongest_counts_alone() -> None:
    assert factor("vendor/x/tests/gate.py") == min(factor("vendor/x/gate.py"), factor("tests/gate.py"))
