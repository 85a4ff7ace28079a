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


@pytest.mark.parametrize(
    "said",
    [
        "ssh: Could not resolve hostname h: Name or service not known",
        "ssh: connect to host h port 22: Connection refused",
        "git@h: Permission denied (publickey).",
        "Host key verification failed.",
    ],
)
def test_of_ssh_the_reason_is_told_and_not_that_git_could_not_read(said: str) -> None:
    after = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n"
    raised = failure(f"Warning: Permanently added 'h'\n{said}\n{after}".encode(), "Fetching x")

    assert said.removeprefix("ssh: ") in str(raised)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("fatal: unable to access 'https://h/': Could not resolve host: h", "spelling"),
        ("ssh: Could not resolve hostname h: ?\nfatal: Could not read from remote repository.", "spelling"),
        ("fatal: unable to access 'https://h/': Failed to connect to h port 443", "reach"),
        ("fatal: unable to access 'https://h/': SSL certificate problem: self-signed certificate", "http.sslCAInfo"),
        ("error: cannot run ssh: No such file or directory\nfatal: unable to fork", "install ssh"),
    ],
)
def test_a_server_that_is_not_reached_has_a_remedy(said: str, remedy: str) -> None:
    raised = failure(said.encode(), "Fetching x")

    assert type(raised) is Unavailable
    assert remedy in (raised.remedy or "")


def test_control_characters_and_credentials_of_a_server_never_reach_the_user() -> None:
    raised = failure(b"fatal: \x1b]0;title\x07 https://u:tok@h/x \xff" + b"y" * 10_000, "Fetching x")

    assert str(raised).isprintable()
    assert "tok" not in str(raised)
    assert len(str(raised)) < 400
