"""Files and directories as they are asked for."""

import pytest

from kodit.domain.errors import InvalidInput
from kodit.interfaces.web.files import Lit, crumbs, folder


@pytest.mark.parametrize(
    ("text", "lines"), [("", None), ("7", Lit(7, 7)), ("3-9", Lit(3, 9)), ("9-3", Lit(3, 9)), ("0", Lit(1, 1))]
)
def test_lines_are_pointed_at_by_number(text: str, lines: Lit | None) -> None:
    assert Lit.by(text) == lines


@pytest.mark.parametrize("text", ["x", "1-2-3", "-", "1-", "²", "1" * 20])
def test_what_are_no_lines_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Lit.by(text)


def test_a_directory_shows_what_lies_in_it_and_how_much_below() -> None:
    listed = folder([("a/x.py", "python"), ("a/b/y.py", "python"), ("a/b/z.py", None), ("c.md", "markdown")], "a/")
    assert (listed.folders, listed.files) == ({"b": 2}, [("x.py", "python")])


def test_the_way_to_a_file_leads_through_its_directories() -> None:
    assert crumbs("one/two", "a b/c/x.py") == [
        ("one/two", "/sources/one/two/files/"),
        ("a b", "/sources/one/two/files/a%20b/"),
        ("c", "/sources/one/two/files/a%20b/c/"),
    ]
