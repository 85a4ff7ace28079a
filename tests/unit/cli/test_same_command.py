"""What is said to somebody who stopped indexing."""

import shlex

import pytest

from kodit.interfaces.cli.commands.index import same_command


@pytest.mark.parametrize(
    ("source", "options", "told"),
    [
        (".", {}, "kodit index ."),
        ("/code", {"branch": None, "depth": 3}, "kodit index /code"),
        ("/my code", {"branch": "b"}, "kodit index '/my code' --branch b"),
        ("https://host/a/b#v1", {"tag": "v 1"}, "kodit index 'https://host/a/b#v1' --tag 'v 1'"),
    ],
)
def test_the_same_command_can_be_typed_as_it_stands(source, options, told):
    assert same_command(source, options) == told


def test_where_it_is_done_is_said_again():
    given = ["--server", "http://127.0.0.1:8000"]

    assert same_command("/code", {}, given) == "kodit --server http://127.0.0.1:8000 index /code"


def test_credentials_are_not_repeated():
    told = same_command("https://ada:s3cret@host/a/b", {})

    assert "s3cret" not in told
    assert shlex.split(told)[2] == "https://***@host/a/b"
