"""The syntax trees last as long as one file of tests."""

import gc
from collections.abc import Iterator

import pytest
from source_tree import forget


@pytest.fixture(scope="module", autouse=True)
def _trees_are_forgotten() -> Iterator[None]:
    # They are millions of objects, none of them garbage, and a search for it would begin again and again.
    gc.disable()
    yield
    forget()
    gc.enable()
