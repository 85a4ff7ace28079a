"""The documents say what the code does, and checking that does nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from source_tree import ROOT

sys.path.append(str(ROOT / "scripts"))

import docs


def test_every_document_is_up_to_date_and_checking_writes_nothing(tmp_path: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/docs.py", "--check"],
        cwd=ROOT,
        env=os.environ | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.stdout, checked.returncode) == ("", 0), checked.stderr
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("See [this](nowhere.md).", "there is no nowhere.md"),
        ("See [this](README.md#nowhere).", "README.md has no heading nowhere"),
        ("Try `kodit serch`.", "`kodit serch`: No such command"),
        ("Try `kodit search --fast`.", "`kodit search --fast`: No such option"),
        ("```sh\nkodit queue show first\n```", "`kodit queue show first`: Invalid value"),
        ("```sh\nkodit index\n```", "`kodit index`: Missing argument"),
        ("Set KODIT_SPEED.", "KODIT_SPEED is not a setting"),
        ("Run `make haste`.", "make has no target haste"),
        ("Two sentences. They share a line.", "one sentence per line"),
    ],
)
def test_what_is_not_so_is_found(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Title\n")
    document = tmp_path / "page.md"
    document.write_text(text)
    [(_, _, found)] = docs.problems_of(document)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "text", ["Try `kodit queue show TASK`.", "Set KODIT_DATA_DIR, e.g. here.", "`kodit --version`"]
)
def test_what_is_so_is_passed_over(text: str, tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(text)
    assert list(docs.problems_of(document)) == []


def test_the_architecture_introduces_every_room_and_stays_short() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {
        place.parent.name
        for floor in ("domain", "application", "infrastructure", "interfaces")
        for place in (ROOT / "src" / "kodit" / floor).glob("*/__init__.py")
    }
    assert [room for room in sorted(rooms) if f"`{room}/`" not in text] == []
    assert len(text.splitlines()) <= 200


@pytest.mark.parametrize("decision", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_has_context_decision_and_consequence(decision: Path) -> None:
    lines = decision.read_text().splitlines()
    assert [line for line in lines if line.startswith("#")][1:] == ["## Context", "## Decision", "## Consequence"]
    assert len(lines) <= 40


def test_every_test_that_a_document_names_exists() -> None:
    named = {
        (str(page.relative_to(ROOT)), name)
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for name in re.findall(r"`(test_\w+)`", page.read_text())
    }
    written = {
        name
        for module in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", module.read_text())
    }
    assert sorted((page, name) for page, name in named if name not in written) == []
