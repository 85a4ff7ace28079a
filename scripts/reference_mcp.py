"""The page of docs/reference/ about what assistants call."""

from kodit.interfaces.mcp.parameters import Parameter
from kodit.interfaces.mcp.server import listed
from kodit.interfaces.mcp.sheet import BYTES_PER_TOKEN, LEAST_TOKENS, MOST_TOKENS, USUAL_TOKENS
from kodit.interfaces.mcp.tools import INSTRUCTIONS, TOOLS, Tool
from reference_page import page, table

_ABOUT = f"""
What an assistant calls over the Model Context Protocol: see [how to connect one](../how-to/connect-an-assistant.md).

Answers are text in few tokens.
`max_tokens` bounds an answer: {USUAL_TOKENS:,} where it is not given, {LEAST_TOKENS} to {MOST_TOKENS:,} where it is.
A token is counted as {BYTES_PER_TOKEN} bytes, which for code is rather more than it takes.
What had no room is counted at the end, with the way to get it.
Answers end in a line that says how old the index is that they come from, and how far indexing is.
What goes wrong is told as an error of the tool, in one sentence and a second one with the way out.
A number that is beyond its bounds stands for the nearest within.

Every tool but `index_source` only reads.
Over HTTP a caller needs the scope `read` for those, and `write` for `index_source`; a directory of the server's own
machine takes `admin` as well.
"""


def tools_page() -> str:
    """Every tool with its arguments."""
    size = len(listed().model_dump_json(by_alias=True, exclude_none=True)) + len(INSTRUCTIONS)
    told = f"All that an assistant is told beforehand has {size:,} characters: the tools below, and this:"
    quoted = "\n".join(f"> {line}" for line in _sentences(INSTRUCTIONS))
    return page("Tools for assistants", _ABOUT, told, quoted, *map(_tool, TOOLS))


def _tool(tool: Tool) -> str:
    heading = "\n".join([f"## `{tool.name}`", "", *_sentences(tool.meaning)])
    if not tool.parameters:
        return heading
    rows = [(_name(one), one.shape.value, _usual(one), one.meaning.replace("*", "\\*")) for one in tool.parameters]
    return f"{heading}\n\n{table(('argument', 'value', 'usual', 'meaning'), rows)}"


def _sentences(text: str) -> list[str]:
    return text.replace(". ", ".\n").splitlines()


def _name(parameter: Parameter) -> str:
    return f"`{parameter.name}`{', required' if parameter.required else ''}"


def _usual(parameter: Parameter) -> str:
    return "" if parameter.usual is None else f"{parameter.usual:,}"
