"""Exit codes are promised."""

import pytest

from kodit.domain import errors
from kodit.interfaces.cli.exit_codes import ExitCode, exit_code_of


def _below(kind: type[errors.KoditError]) -> set[type[errors.KoditError]]:
    return {kind}.union(*(_below(child) for child in kind.__subclasses__()))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.NotFound, 3),
        (errors.InvalidInput, 4),
        (errors.Refused, 4),
        (errors.IllegalMove, 4),
        (errors.Unavailable, 5),
        (errors.Locked, 5),
        (errors.StorageFull, 6),
        (errors.DatabaseUnusable, 6),
        (errors.NothingIndexed, 7),
    ],
)
def test_an_error_ends_in_its_exit_code(kind, code):
    assert exit_code_of(kind("so it is")) == code


def test_no_leaf_of_the_tree_of_errors_is_left_to_the_default():
    leaves = {kind for kind in _below(errors.KoditError) if not kind.__subclasses__()}
    unnamed = {kind.__name__ for kind in leaves if exit_code_of(kind("so it is")) is ExitCode.WORK_FAILED}
    assert unnamed == set()
