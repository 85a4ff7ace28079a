"""A small change costs what can see it, however large the source is."""

import pytest

import kodit

OTHERS = 30
"""More files than those that are linked again without asking what they see."""


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "source"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "demo"\n')
    (root / "part.py").write_text("class Part:\n    def add(self): ...\n")
    (root / "user.py").write_text("from part import Part\n\nPart().add()\n")
    (root / "waiting.py").write_text("from piece import Part\n\nPart().add()\n")
    for number in range(OTHERS):
        (root / f"other{number}.py").write_text(f"class Other{number}:\n    def add(self): self.add()\n")
    return root


async def test_a_renamed_file_has_only_those_linked_again_that_import_one_of_its_names(source, tmp_path):
    async with kodit.open(tmp_path / "data", workers=1) as engine:
        first = await engine.index(str(source))
        (source / "part.py").rename(source / "piece.py")
        second = await engine.index(str(source))
        (source / "piece.py").rename(source / "part.py")
        third = await engine.index(str(source))

    of_users = 2 * 3  # The import, the class and its method in each.
    assert first.counts["references"] == of_users + OTHERS
    assert [second.counts["references"], third.counts["references"]] == [of_users, of_users]
    assert [one.counts["dependencies"] for one in (first, second, third)] == [1, 1, 1]
    assert [one.counts["packages_unchanged"] for one in (second, third)] == [1, 1]
