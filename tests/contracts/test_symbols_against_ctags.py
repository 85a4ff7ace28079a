"""The comparison with Universal Ctags, on the samples: tags.txt is what `ctags` says of them, `FILE:LINE NAME` a line.

On real code the comparison is benchmarks/symbols.py, which needs ctags; this needs it no more.
"""

import sys
from collections import defaultdict
from pathlib import Path

import pytest

from kodit.domain.code.language import language_of_text

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from benchmarks.symbols import CTAGS, Tag, Tally, compare, mistaken  # noqa: E402


def tags():
    found = defaultdict(set)
    for line in (HERE / "tags.txt").read_text("utf-8").splitlines():
        place, name = line.split(" ", 1)
        file, number = place.split(":")
        path = str(HERE / "samples" / file)
        found[path].add(Tag(path, name, int(number)))
    return found


@pytest.mark.parametrize("path", sorted(tags()), ids=lambda path: Path(path).name)
def test_every_function_method_and_class_that_ctags_finds_is_a_symbol(path):
    language = language_of_text(path, Path(path).read_text("utf-8"))
    assert language in CTAGS
    tally = Tally()
    compare(tally, path, language, tags()[path])
    assert dict(tally.missed) == {}
    assert tally.symbols + tally.mistaken.total() == tally.tags > 0


def test_what_is_missing_is_told(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("def f():\n    pass\n")
    tally = Tally()
    compare(tally, str(path), "python", {Tag(str(path), "f", 1), Tag(str(path), "g", 2), Tag(str(path), "f", 2)})
    assert {kind: sorted(tag.name for tag in missed) for kind, missed in tally.missed.items()} == {
        "absent": ["g"],
        "other line": ["f"],
    }
    assert tally.recall == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("language", "name", "line", "why"),
    [
        ("javascript", "meta", "    meta: {", "object"),
        ("javascript", "next", "_super.prototype.next.call(this)", "call"),
        ("javascript", "app", "app[method] = function (path) {", "computed name"),
        ("javascript", "run", "run = function () {", None),
        ("cpp", "LIB_MEMBERS", "  LIB_MEMBERS(int)", "macro"),
        ("cpp", "run", "  int run()", None),
        ("ruby", "build_", "def build_#{name}", "interpolated name"),
    ],
)
def test_what_ctags_mistakes_for_a_definition_is_recognised(language, name, line, why):
    assert mistaken(language, name, line) == why
