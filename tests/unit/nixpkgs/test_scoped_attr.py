"""Attributes as a set and a name in it."""

import pytest

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.attr_path import ScopedAttr


@pytest.mark.parametrize(
    ("text", "scope", "name"),
    [
        ("python3Packages.numpy", "python3Packages", "numpy"),
        ("hello", None, "hello"),
        ('a."b.c".d', 'a."b.c"', "d"),
        ('python3Packages."zope.interface"', "python3Packages", "zope.interface"),
    ],
)
def test_a_dotted_path_is_a_set_and_a_name_in_it(text, scope, name):
    assert ScopedAttr.parse(text) == (scope, name)


def test_what_is_no_path_has_no_parts():
    with pytest.raises(InvalidInput):
        ScopedAttr.parse("python3Packages.")
