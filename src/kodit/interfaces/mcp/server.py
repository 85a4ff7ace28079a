"""The protocol: tools are listed, called, and their errors told."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import mcp_types as types
import structlog
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server

from kodit import __version__
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.domain.errors import InvalidInput, KoditError
from kodit.domain.sources.location import without_credentials
from kodit.interfaces.mcp.asking import Answer, Asking
from kodit.interfaces.mcp.parameters import checked, schema_of
from kodit.interfaces.mcp.tools import BY_NAME, INSTRUCTIONS, TOOLS, Tool

LONGEST_ERROR = 1_000
"""Characters. What goes wrong is told shortly: an error's message may hold what was given, however long."""

_LOG = structlog.get_logger(__name__)

_INSTEAD = (
    ("kodit sources", "list_sources"),
    ("kodit nix channel list", "list_sources"),
    ("kodit nix show", "nix_packages without license: with an attribute path as query it tells a package's licence"),
    ("kodit index", "index_source"),
    ("kodit files", "search, or grep with path_glob: what they find is named with its path"),
    ("--source NAME", "it again with more of the path, or with source"),
    ("kodit symbols '*'", "search with path_glob"),
    ("kodit symbols", "search"),
    ("kodit references", "find_references"),
    ("kodit definition", "find_definition"),
    ("kodit outline", "outline"),
    ("kodit queue", "status"),
    ("kodit worker", "status"),
)
"""What an assistant calls, and with what, where a person types a command. The first that fits counts."""

Services = Callable[[ServerRequestContext[Any, Any]], ServingApplicationService]


async def nothing_to_do() -> bool:
    """Where workers are somebody else's affair."""
    return False


@cache
def listed() -> types.ListToolsResult:
    """Every tool as the protocol has it."""
    return types.ListToolsResult(tools=[_listed(tool) for tool in TOOLS])


def _listed(tool: Tool) -> types.Tool:
    hints = types.ToolAnnotations(title=tool.title, read_only_hint=not tool.writes, open_world_hint=False)
    if tool.writes:
        # Indexing what is indexed already looks for changes and leaves all else as it is.
        hints = types.ToolAnnotations(
            title=tool.title, read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
        )
    return types.Tool(
        name=tool.name, description=tool.meaning, input_schema=schema_of(tool.parameters), annotations=hints
    )


def server(
    services: Services, *, now: Callable[[], datetime], work: Callable[[], Awaitable[bool]] = nothing_to_do
) -> Server[Any]:
    """A server of the protocol. `services` gives that of the caller of a request; `work` sees to it that somebody works
    on what was queued.
    """

    async def list_tools(
        _: ServerRequestContext[Any, Any], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return listed()

    async def call_tool(
        context: ServerRequestContext[Any, Any], called: types.CallToolRequestParams
    ) -> types.CallToolResult:
        try:
            tool, given = _called(called)
            answer = await tool.answer(Asking(service=services(context), now=now(), given=given, work=work))
            return _result(answer)
        except KoditError as error:
            return _failure(error)
        except Exception:  # noqa: BLE001 - whatever it is, an assistant is told in words
            _LOG.exception("a tool failed", tool=called.name)
            return _error("this is a fault of kodit", "its log says more; another question may work")

    return Server(
        "kodit", version=__version__, instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool
    )


def _called(called: types.CallToolRequestParams) -> tuple[Tool, Mapping[str, Any]]:
    tool = BY_NAME.get(called.name)
    if tool is None:
        raise InvalidInput(f"there is no tool {called.name[:40]!r}", remedy=f"there are {', '.join(BY_NAME)}")
    return tool, checked(tool.parameters, called.arguments or {})


def _result(answer: Answer) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=answer.text)], structured_content=answer.structured
    )


def _failure(error: KoditError) -> types.CallToolResult:
    remedy = error.remedy or ""
    tool = next((tool for command, tool in _INSTEAD if command in remedy), None)
    return _error(without_credentials(str(error)), f"call {tool}" if tool else without_credentials(remedy))


def _error(message: str, remedy: str) -> types.CallToolResult:
    lines = [f"error: {message[:LONGEST_ERROR]}", *([f"remedy: {remedy[:LONGEST_ERROR]}"] if remedy else [])]
    text = "\n".join(lines).encode("utf-8", "replace").decode("utf-8")
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)
