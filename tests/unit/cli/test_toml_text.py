"""TOML keeps all that it says when a table is put into it."""

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kodit.interfaces.cli.assistants.toml_text import NoRoom, member, with_table

PLACE = ("mcp_servers", "kodit")
ENTRY = {"command": "/opt/ko dit", "args": ["mcp", 'with "quotes"']}
OTHERS = """# My settings
model = "best" # why

[mcp_servers.other]
command = "x"

[mcp_servers.other.env]
A = "1"
"""


def test_a_table_goes_to_the_end():
    assert with_table(OTHERS, PLACE, {"command": "kodit"}) == f'{OTHERS}\n[mcp_servers.kodit]\ncommand = "kodit"\n'
    assert tomllib.loads(with_table("", PLACE, ENTRY)) == {"mcp_servers": {"kodit": ENTRY}}


@pytest.mark.parametrize("header", ["[mcp_servers.kodit]", '[ mcp_servers . "kodit" ] # mine', "[mcp_servers.'kodit']"])
def test_a_table_of_this_name_is_replaced_and_nothing_else(header):
    text = f'a = 1\n{header}\ncommand = "old"\nargs = [\n  "x",\n]\n\n# about b\n[b]\nc = 2\n'
    assert with_table(text, PLACE, {"command": "new"}) == (
        'a = 1\n[mcp_servers.kodit]\ncommand = "new"\n\n# about b\n[b]\nc = 2\n'
    )
    assert with_table(f'{header}\ncommand = "old"\n', PLACE, {"command": "new"}).endswith('command = "new"\n')


@pytest.mark.parametrize(
    "text",
    [
        "mcp_servers = { other = { command = 'x' } }",
        "mcp_servers = 3",
        "[mcp_servers]\nkodit = { command = 'x' }",
        "[mcp_servers.kodit]\na = 1\n[mcp_servers.kodit.env]\nb = 1",
        "a = [",
        "a b",
    ],
)
def test_where_something_else_would_change_nothing_is_done(text):
    with pytest.raises(NoRoom):
        with_table(text, PLACE, ENTRY)


def test_what_is_there_is_told():
    assert member(OTHERS, ("mcp_servers", "other")) == {"command": "x", "env": {"A": "1"}}
    assert member(OTHERS, PLACE) is None


@given(st.dictionaries(st.sampled_from(["command", "url"]), st.text(alphabet=st.characters(exclude_categories=["Cs"]))))
@example({"command": "\x7f"})
def test_any_text_is_written_so_that_it_is_read_again(entry):
    assert tomllib.loads(with_table(OTHERS, PLACE, entry))["mcp_servers"]["kodit"] == entry
