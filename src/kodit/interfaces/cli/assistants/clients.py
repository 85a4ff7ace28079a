"""Where each assistant keeps the servers that it may call, and how it writes them down.

Sources are the assistants' own documents, as of 2026: code.claude.com/docs/en/mcp, cursor.com/docs/mcp,
code.visualstudio.com/docs (MCP configuration reference), developers.openai.com/codex/mcp, zed.dev/docs/ai/mcp,
docs.windsurf.com/windsurf/cascade/mcp, geminicli.com/docs/tools/mcp-server.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kodit.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What decides where files lie: the system as `sys.platform` names it, the home directory, the environment."""

    platform: str
    home: Path
    environment: Mapping[str, str]

    @property
    def applications(self) -> Path:
        """Where desktop programs keep their settings."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        if self.platform == "win32":
            return self._named("APPDATA", self.home / "AppData" / "Roaming")
        return self.configuration

    @property
    def configuration(self) -> Path:
        """Where programs keep their settings that follow the habits of Unix on every Unix."""
        return self._named("XDG_CONFIG_HOME", self.home / ".config")

    def below_home(self, variable: str, usual: str) -> Path:
        """A directory of the home that a variable may move elsewhere."""
        return self._named(variable, self.home / usual)

    def _named(self, variable: str, usual: Path) -> Path:
        named = self.environment.get(variable)
        return Path(named) if named else usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How an assistant gets at kodit: by starting a command, or where there is a `url`, by asking a server.

    `key_variable` names the environment variable that holds the server's key; the key itself is written nowhere.
    """

    command: tuple[str, ...]
    url: str | None = None
    key_variable: str | None = None


Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One assistant. `place` are the keys that lead to its servers in its file, `afterwards` is what one does then."""

    title: str
    path: Callable[[Machine], Path]
    place: tuple[str, ...]
    entry: Callable[[Reach], Entry]
    afterwards: str

    @property
    def is_toml(self) -> bool:
        """Whether its file is TOML; all others are JSON, with or without comments."""
        return self.place == ("mcp_servers",)


def _started(reach: Reach) -> dict[str, Any]:
    command, *arguments = reach.command
    return {"command": command, "args": arguments}


def _headers(reach: Reach, variable: str) -> dict[str, Any]:
    """`variable` is how the client writes the value of one, with `*` for its name."""
    if reach.key_variable is None:
        return {}
    return {"headers": {"Authorization": f"Bearer {variable.replace('*', reach.key_variable)}"}}


def _typed(variable: str) -> Callable[[Reach], Entry]:
    """For clients that want to be told which of both ways it is."""

    def entry(reach: Reach) -> Entry:
        if reach.url is None:
            return {"type": "stdio", **_started(reach)}
        return {"type": "http", "url": reach.url, **_headers(reach, variable)}

    return entry


def _keyed(url: str, variable: str) -> Callable[[Reach], Entry]:
    """For clients that see which way it is by the keys; `url` is what they call that of a server."""

    def entry(reach: Reach) -> Entry:
        return _started(reach) if reach.url is None else {url: reach.url, **_headers(reach, variable)}

    return entry


def _claude_desktop(reach: Reach) -> Entry:
    if reach.url is not None:
        raise InvalidInput(
            "Claude Desktop's file takes commands only", remedy="add the URL in its settings, under Connectors"
        )
    return _started(reach)


def _codex(reach: Reach) -> Entry:
    if reach.url is None:
        return _started(reach)
    return {"url": reach.url, **({"bearer_token_env_var": reach.key_variable} if reach.key_variable else {})}


def _zed(reach: Reach) -> Entry:
    if reach.key_variable is not None:
        raise InvalidInput(
            "Zed reads no variables in its settings", remedy="use --print without it, and add the header by hand"
        )
    return _started(reach) if reach.url is None else {"url": reach.url}


def _zed_settings(machine: Machine) -> Path:
    if machine.platform == "win32":
        return machine.applications / "Zed" / "settings.json"
    return machine.configuration / "zed" / "settings.json"


SERVERS = ("mcpServers",)

CLIENTS: Mapping[str, Client] = {
    "claude-code": Client(
        title="Claude Code",
        path=lambda machine: machine.below_home("CLAUDE_CONFIG_DIR", "") / ".claude.json",
        place=SERVERS,
        entry=_typed("${*}"),
        afterwards="begin a new session; /mcp lists it",
    ),
    "claude-desktop": Client(
        title="Claude Desktop",
        path=lambda machine: machine.applications / "Claude" / "claude_desktop_config.json",
        place=SERVERS,
        entry=_claude_desktop,
        afterwards="quit it and start it again",
    ),
    "codex": Client(
        title="Codex",
        path=lambda machine: machine.below_home("CODEX_HOME", ".codex") / "config.toml",
        place=("mcp_servers",),
        entry=_codex,
        afterwards="begin a new session; /mcp lists it",
    ),
    "cursor": Client(
        title="Cursor",
        path=lambda machine: machine.home / ".cursor" / "mcp.json",
        place=SERVERS,
        entry=_keyed("url", "${env:*}"),
        afterwards="look into its settings, under MCP",
    ),
    "gemini": Client(
        title="Gemini CLI",
        path=lambda machine: machine.home / ".gemini" / "settings.json",
        place=SERVERS,
        entry=_keyed("httpUrl", "${*}"),
        afterwards="begin a new session; /mcp lists it",
    ),
    "vscode": Client(
        title="Visual Studio Code",
        path=lambda machine: machine.applications / "Code" / "User" / "mcp.json",
        place=("servers",),
        entry=_typed("${env:*}"),
        afterwards="run the command MCP: List Servers, and start it",
    ),
    "windsurf": Client(
        title="Windsurf",
        path=lambda machine: machine.home / ".codeium" / "windsurf" / "mcp_config.json",
        place=SERVERS,
        entry=_keyed("serverUrl", "${env:*}"),
        afterwards="refresh the servers in its MCP panel",
    ),
    "zed": Client(
        title="Zed",
        path=_zed_settings,
        place=("context_servers",),
        entry=_zed,
        afterwards="look into its settings, under AI, MCP Servers",
    ),
}
"""Every assistant that kodit can be made known to, by the name that one types."""
