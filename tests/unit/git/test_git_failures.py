import pytest

from kodit.domain.errors import KoditError, NotFound, Refused, StorageFull, Unavailable
from kodit.infrastructure.git.failures import failure


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("error: unable to write file: No space left on device\nfatal: early EOF", StorageFull),
        ("git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.", Refused),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", Refused),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", NotFound),
        ("fatal: unable to access 'https://h/': Could not resolve host: h", Unavailable),
        ("ssh: connect to host h port 22: Connection timed out", Unavailable),
        ("fatal: the remote end hung up unexpectedly", Unavailable),
        ("fatal: detected dubious ownership in repository at '/x'", Refused),
        ("something never heard of", Unavailable),
        ("", Unavailable),
    ],
)
def test_what_git_says_becomes_an_error_of_the_right_kind_on_one_line(said: str, error: type[KoditError]) -> None:
    raised = failure(said.encode(), "Fetching x")

    assert type(raised) is error
    assert "\n" not in str(raised)
    assert str(raised).startswith("Fetching x failed: ")


def test_control_characters_and_credentials_of_a_server_never_reach_the_user() -> None:
    raised = failure(b"fatal: \x1b]0;title\x07 https://u:tok@h/x \xff" + b"y" * 10_000, "Fetching x")

    assert str(raised).isprintable()
    assert "tok" not in str(raised)
    assert len(str(raised)) < 400
