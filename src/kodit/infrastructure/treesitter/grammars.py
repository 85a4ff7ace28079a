"""Which grammar parses which language. A language is parsed when it has a row here and a file in queries/."""

from functools import cache
from importlib import import_module
from importlib.resources import files

from tree_sitter import Language, Node, Parser, Query

from kodit.infrastructure.treesitter.macros import readings, unread

_GRAMMARS = {
    "bash": ("tree_sitter_bash", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "elixir": ("tree_sitter_elixir", "language"),
    "go": ("tree_sitter_go", "language"),
    "haskell": ("tree_sitter_haskell", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "kotlin": ("tree_sitter_kotlin", "language"),
    "lua": ("tree_sitter_lua", "language"),
    "nix": ("tree_sitter_nix", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "powershell": ("tree_sitter_powershell", "language"),
    "python": ("tree_sitter_python", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "scala": ("tree_sitter_scala", "language"),
    "swift": ("tree_sitter_swift", "language"),
    "terraform": ("tree_sitter_hcl", "language"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "zig": ("tree_sitter_zig", "language"),
}
"""The language's name -> the module that ships its grammar, and the function there that gives it."""

_PREPROCESSED = frozenset({"c", "cpp"})
_LITTLE = 64
"""Bytes. What a grammar leaves unread of a statement or two; reading all again would hardly find more."""

PARSED_LANGUAGES = frozenset(_GRAMMARS)


@cache
def grammar_of(language: str) -> Language:
    """The grammar, loaded when it is first asked for."""
    module, function = _GRAMMARS[language]
    return Language(getattr(import_module(module), function)())


@cache
def parser_of(language: str) -> Parser:
    """The language's parser."""
    return Parser(grammar_of(language))


def tree_of(language: str, text: str) -> tuple[Node, bytes]:
    """The root of the text's syntax tree, and the bytes that its positions count. A file is parsed once, here.

    What a preprocessor would change is read again without it when the grammar cannot read it as it stands.
    """
    source = text.encode("utf-8", "surrogatepass")
    root = parser_of(language).parse(source).root_node
    if language in _PREPROCESSED and root.has_error:
        root = _best_reading(language, root, source)
    return root, source


def _best_reading(language: str, root: Node, source: bytes) -> Node:
    """The tree that leaves least unread, where it matters: each reading drops more than the one before."""
    least, enough = unread(root), _LITTLE
    read = {source}
    for reading in readings(source):
        if reading not in read:
            read.add(reading)
            again = parser_of(language).parse(reading).root_node
            left = unread(again)
            if left < least:
                root, least = again, left
        if least <= enough:
            break
        # A reading without conditions keeps all branches: one that drops some must be worth a percent of the file.
        enough = max(enough, len(source) // 100)
    return root


@cache
def query_of(language: str, about: str = "") -> Query:
    """The language's query, by default for its definitions, otherwise that of the folder `about`.

    A query file may begin with `; inherits: OTHER`, which puts the other's patterns before its own.
    """
    return Query(grammar_of(language), _query_text(language, about))


def _query_text(language: str, about: str) -> str:
    text = (files(__package__) / "queries" / about / f"{language}.scm").read_text("utf-8")
    first, _, _ = text.partition("\n")
    if first.startswith("; inherits:"):
        text = _query_text(first.partition(":")[2].strip(), about) + "\n" + text
    return text
