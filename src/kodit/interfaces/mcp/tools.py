"""Every tool that assistants are offered: its name, what they are told of it, and who answers."""

from dataclasses import dataclass

from kodit.interfaces.mcp import code, nix, searching, sources
from kodit.interfaces.mcp.asking import AnswerOf
from kodit.interfaces.mcp.parameters import Parameter, Shape
from kodit.interfaces.mcp.sheet import LEAST_TOKENS, MOST_TOKENS, USUAL_TOKENS

INSTRUCTIONS = (
    "kodit searches indexed source code, offline. Begin with search (by meaning and by name); grep is for exact text; "
    "find_definition and find_references follow symbols. Paths are relative to their source. "
    "If code is missing, call index_source and go on: it never blocks."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool. `writes` is set where it changes something: it adds to the index, and destroys nothing."""

    name: str
    title: str
    meaning: str
    parameters: tuple[Parameter, ...]
    answer: AnswerOf
    writes: bool = False


_SOURCE = Parameter(name="source", meaning="One of list_sources.")
_LANGUAGE = Parameter(name="language", meaning="Only this language: python.")
_GLOB = Parameter(name="path_glob", meaning="Only paths like src/**/*.py")
_PATH = Parameter(name="path", meaning="Path, or the end of it: http/parser.py", required=True)
_NAME = Parameter(name="name", meaning="Name (parse), qualified (Parser.parse), or path:line.", required=True)
_TOKENS = Parameter(
    name="max_tokens",
    meaning="Longest answer.",
    shape=Shape.NUMBER,
    usual=USUAL_TOKENS,
    least=LEAST_TOKENS,
    most=MOST_TOKENS,
)


def _number(name: str, meaning: str, *, usual: int | None, least: int, most: int = 1_000_000_000) -> Parameter:
    return Parameter(name=name, meaning=meaning, shape=Shape.NUMBER, usual=usual, least=least, most=most)


TOOLS = (
    Tool(
        name="search",
        title="Search code",
        meaning="Find code by what it does and by names. Gives the best pieces of code with their places.",
        parameters=(
            Parameter(name="intent", meaning="What it does, in words: parse http headers", required=True),
            Parameter(name="keywords", meaning="Names that it may contain: [HeaderMap]", shape=Shape.TEXTS),
            _SOURCE,
            _LANGUAGE,
            _GLOB,
            _number("limit", "Most results.", usual=8, least=1, most=50),
            _TOKENS,
        ),
        answer=searching.search,
    ),
    Tool(
        name="grep",
        title="Search lines",
        meaning="Find every line that matches a regular expression (RE2: no look-around, no backreferences).",
        parameters=(
            Parameter(name="pattern", meaning=r"def \w+_price\(", required=True),
            Parameter(name="ignore_case", meaning="Ignore case.", shape=Shape.SWITCH),
            Parameter(name="fixed", meaning="Plain text.", shape=Shape.SWITCH),
            _SOURCE,
            _LANGUAGE,
            _GLOB,
            _number("context", "Lines around each match.", usual=0, least=0, most=20),
            _number("limit", "Most matching lines.", usual=100, least=1, most=2_000),
            _TOKENS,
        ),
        answer=searching.grep,
    ),
    Tool(
        name="read_file",
        title="Read a file",
        meaning="Numbered lines of an indexed file.",
        parameters=(
            _PATH,
            _SOURCE,
            _number("start_line", "First line.", usual=1, least=1),
            _number("end_line", "Last line.", usual=None, least=1),
            _TOKENS,
        ),
        answer=code.read_file,
    ),
    Tool(
        name="outline",
        title="Outline a file",
        meaning="What a file defines, with line ranges: cheaper than reading it.",
        parameters=(_PATH, _SOURCE, _TOKENS),
        answer=code.outline,
    ),
    Tool(
        name="find_definition",
        title="Find a definition",
        meaning="Where a symbol is defined, with its code.",
        parameters=(_NAME, _SOURCE, _TOKENS),
        answer=code.find_definition,
    ),
    Tool(
        name="find_references",
        title="Find references",
        meaning="Where a symbol is used: calls, imports, subclasses.",
        parameters=(
            _NAME,
            _SOURCE,
            _GLOB,
            _number("limit", "Most references.", usual=100, least=1, most=2_000),
            _TOKENS,
        ),
        answer=code.find_references,
    ),
    Tool(
        name="list_sources",
        title="List sources",
        meaning="What is indexed, and how fresh it is.",
        parameters=(),
        answer=sources.list_sources,
    ),
    Tool(
        name="list_packages",
        title="List packages",
        meaning="The packages of monorepos: name, version, path.",
        parameters=(Parameter(name="search", meaning="Part of name, path or description."), _SOURCE),
        answer=sources.list_packages,
    ),
    Tool(
        name="nix_packages",
        title="Nix packages",
        meaning="Find packages of nixpkgs; one by its exact attribute path is told in full.",
        parameters=(
            Parameter(name="query", meaning="python3Packages.numpy; or what it does", required=True),
            Parameter(name="license", meaning="Only under it: MIT"),
            _SOURCE,
            _number("limit", "Most results.", usual=10, least=1, most=100),
        ),
        answer=nix.nix_packages,
    ),
    Tool(
        name="index_source",
        title="Index a source",
        meaning="Queue the indexing of code, new or known; returns at once.",
        parameters=(Parameter(name="source", meaning="Directory, git URL, or name of a source.", required=True),),
        answer=sources.index_source,
        writes=True,
    ),
    Tool(
        name="status",
        title="Status",
        meaning="Progress of indexing, age of each source, failures.",
        parameters=(_SOURCE,),
        answer=sources.status,
    ),
)

BY_NAME = {tool.name: tool for tool in TOOLS}
