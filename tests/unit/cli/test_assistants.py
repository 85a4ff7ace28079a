"""Where each assistant's file is, what is put into it, and how."""

import json
import tomllib
from pathlib import Path

import pytest

from kodit.domain.errors import Conflict, InvalidInput, KoditError
from kodit.interfaces.cli.assistants.clients import CLIENTS, Machine, Reach
from kodit.interfaces.cli.assistants.json_text import parsed
from kodit.interfaces.cli.assistants.written import merged, read, snippet, write
from kodit.interfaces.cli.commands.mcp_install import ClientName

STARTED = Reach(command=("/bin/kodit", "mcp"))
ASKED = Reach(command=STARTED.command, url="https://code.example.org/mcp", key_variable="CODE_KEY")
HOME = Path("/home/ada")


def machine(platform="linux", **environment):
    return Machine(platform=platform, home=HOME, environment=environment)


def test_every_assistant_can_be_named():
    assert {name.value for name in ClientName} == CLIENTS.keys()


@pytest.mark.parametrize(
    ("client", "here", "path"),
    [
        ("claude-code", machine(), ".claude.json"),
        ("claude-desktop", machine("darwin"), "Library/Application Support/Claude/claude_desktop_config.json"),
        ("claude-desktop", machine("win32"), "AppData/Roaming/Claude/claude_desktop_config.json"),
        ("codex", machine(), ".codex/config.toml"),
        ("cursor", machine("win32"), ".cursor/mcp.json"),
        ("gemini", machine(), ".gemini/settings.json"),
        ("vscode", machine(), ".config/Code/User/mcp.json"),
        ("vscode", machine("darwin"), "Library/Application Support/Code/User/mcp.json"),
        ("windsurf", machine(), ".codeium/windsurf/mcp_config.json"),
        ("zed", machine("darwin"), ".config/zed/settings.json"),
        ("zed", machine("win32"), "AppData/Roaming/Zed/settings.json"),
    ],
)
def test_a_file_is_where_its_system_has_it(client, here, path):
    assert CLIENTS[client].path(here) == HOME / path


def test_a_variable_may_move_a_file():
    assert CLIENTS["codex"].path(machine(CODEX_HOME="/c")) == Path("/c/config.toml")
    assert CLIENTS["claude-code"].path(machine(CLAUDE_CONFIG_DIR="/c")) == Path("/c/.claude.json")
    assert CLIENTS["zed"].path(machine(XDG_CONFIG_HOME="/x")) == Path("/x/zed/settings.json")


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_a_command_is_put_into_every_file_in_the_words_of_its_assistant(name):
    client = CLIENTS[name]
    text = merged(client, "", "kodit", client.entry(STARTED), replace=False)
    found = tomllib.loads(text) if client.is_toml else json.loads(text)
    entry = found[client.place[0]]["kodit"]
    assert (entry["command"], entry["args"]) == ("/bin/kodit", ["mcp"])
    assert text == snippet(client, "kodit", client.entry(STARTED))
    assert merged(client, text, "kodit", client.entry(STARTED), replace=False) == text


@pytest.mark.parametrize("name", sorted(CLIENTS.keys() - {"claude-desktop", "zed"}))
def test_a_server_is_asked_with_a_key_that_is_not_in_the_file(name):
    entry = json.dumps(CLIENTS[name].entry(ASKED))
    assert "https://code.example.org/mcp" in entry
    assert "CODE_KEY" in entry


@pytest.mark.parametrize("name", ["claude-desktop", "zed"])
def test_what_an_assistant_cannot_do_is_said(name):
    with pytest.raises(InvalidInput):
        CLIENTS[name].entry(ASKED)


def test_another_server_of_the_name_stays_unless_it_shall_not():
    client = CLIENTS["zed"]
    text = '{\n  // mine\n  "context_servers": {"kodit": {"command": "old"}},\n}'
    with pytest.raises(Conflict):
        merged(client, text, "kodit", client.entry(STARTED), replace=False)
    after = merged(client, text, "kodit", client.entry(STARTED), replace=True)
    assert "// mine" in after
    assert parsed(after)["context_servers"]["kodit"]["command"] == "/bin/kodit"


@pytest.mark.parametrize(
    ("name", "text"), [("cursor", "{"), ("cursor", "[]"), ("codex", "a ="), ("cursor", '{"mcpServers": 1}')]
)
def test_a_file_that_cannot_be_added_to_is_told_with_the_way_out(name, text):
    with pytest.raises(InvalidInput) as refused:
        merged(CLIENTS[name], text, "kodit", CLIENTS[name].entry(STARTED), replace=True)
    assert "--print" in str(refused.value.remedy)


def test_a_file_is_replaced_at_once_with_its_mode_and_through_links(tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "home" / "link.json"
    real.write_text("{}")
    real.chmod(0o640)
    link.parent.mkdir()
    link.symlink_to(real)
    write(link, '{"ü": 1}\r\n')
    assert real.read_bytes() == '{"ü": 1}\r\n'.encode()
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "real.json"]


def test_a_new_file_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "deep" / "er" / "mcp.json"
    assert read(path) == ""
    write(path, "{}")
    assert read(path) == "{}"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_read_or_written_is_told(tmp_path):
    (tmp_path / "latin.json").write_bytes(b"\xff")
    (tmp_path / "dead.json").symlink_to(tmp_path / "nowhere" / "x.json")
    with pytest.raises(InvalidInput):
        read(tmp_path / "latin.json")
    with pytest.raises(KoditError):
        read(tmp_path)
    with pytest.raises(KoditError):
        write(tmp_path / "dead.json", "{}")
    with pytest.raises(KoditError):
        write(tmp_path / "latin.json" / "x", "{}")
