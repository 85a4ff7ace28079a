import pytest

from kodit.interfaces.cli.failures import Failures


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        ("kodit.domain.gone", "a part of kodit is missing: install it again"),
        ("kodit_of_another", "this is a fault of kodit"),
        ("json5", "this is a fault of kodit"),
    ],
)
def test_who_lacks_a_part_of_kodit_itself_is_told_to_install_it_again(capsys, missing: str, remedy: str):
    Failures(verbose=True, as_json=False).unforeseen(ModuleNotFoundError(f"No module named {missing!r}", name=missing))
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"remedy: {remedy}")
