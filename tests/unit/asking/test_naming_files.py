"""Which files a path may mean that nothing has."""

import pytest

from kodit.application.asking.naming import _near_files
from kodit.application.asking.rows import FoundFile

PATHS = [
    ("shop", "core/__init__.py"),
    ("shop", "core/cart.py"),
    ("shop", "deep/below/vary/nixes.py"),
    ("shop", "web/market.py"),
    ("shop", "web/initial.py"),
    ("twin", "core/cart.py"),
    ("twin", "nix.py"),
    ("twin", "notes.py"),
]
FILES = [FoundFile(id=at, source=source, path=path, language="python") for at, (source, path) in enumerate(PATHS)]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("nope.py", []),
        ("abs/shop/basket.py", []),
        ("init.py", ["shop:core/__init__.py", "shop:web/initial.py"]),
        ("abs/twin/cart.py", ["twin:core/cart.py", "shop:core/cart.py"]),
        ("twin/card.py", ["twin:core/cart.py", "shop:core/cart.py"]),
        ("Mark.ts", ["shop:web/market.py"]),
        ("ar", []),
    ],
)
def test_files_are_suggested_by_their_names_and_those_of_the_named_place_first(asked, near):
    assert [f"{file.source}:{file.path}" for file in _near_files(asked, FILES)] == near
