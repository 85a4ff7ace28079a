"""What stands at a definition: its signature, and the documentation at it."""

import inspect
import re
from collections.abc import Iterator, Mapping

from tree_sitter import Node

SIGNATURE_LENGTH = 200
"""Characters; a longer signature ends with an ellipsis."""

DOC_LENGTH = 2_000
"""Characters; a longer comment ends with an ellipsis."""

_DOC_LINES = 200
"""Lines of comment that are looked at, upwards from the definition."""

_READ = 4 * SIGNATURE_LENGTH
"""Bytes read of a head: enough for a signature of full length with comments and indentation in it."""

_ANNOTATIONS = re.compile(
    r"(?:@(?!interface\b)[\w.:]+\s*(?:\((?:[^()\"]|\"(?:[^\"\\]|\\.)*\"|\([^()]*\))*\))?\s+"
    r"|\#?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\s*)+"
)
"""Java's and its kin's annotations, and the attributes of C#, PHP and Rust, before a head."""

_REMARKS = re.compile(r"/\*.*?\*/|(?:(?<=\s)|^)(?://|--(?=\s)|#+!?(?=\s))[^\n]*(?<!\\)\n", re.DOTALL)
"""What a head says beside the code; a line that goes on in the next is a macro's (C), where `##` joins words."""

_REMARKING = ("/", "#", "--")
_TIGHTENED = (("( ", "("), ("[ ", "["), (" )", ")"), (" ]", "]"), (" ,", ","), (",)", ")"), (",]", "]"))
_OPENING = frozenset("{:;=")
_ARROWS = ("=>", "->")
_OPENING_WORD = re.compile(r"\b(?:do|then|where|is|begin)\Z")
_LAST_OF_WORDS = frozenset("oens")
_LINE_MARK = re.compile(r"^\s*(?://[/!]?<?|#+[!:|]?|--+(?:\s?[|^*])?|;+|%+|'+)[ \t]?")
_BLOCK_OPENS = re.compile(r"^\s*(?:/\*+!?<?|\{-+\s?[|^]?|\(\*+|<#|--\[=*\[|=begin\b|#=)")
_BLOCK_ENDS = re.compile(r"(?:\*+/|-+\}|\*+\)|#>|\]=*\]|=end|=#)\s*$")
_STAR = re.compile(r"^\s*\*(?!\*)[ \t]?", re.MULTILINE)
_TAGS = re.compile(r"</?(?:summary|remarks|para)\s*/?>")
_RULE = re.compile(r"^[\W_]*$")
_QUOTES = re.compile(r"^[~a-zA-Z]*(\"\"\"|'''|\"|')(.*)\1$", re.DOTALL)

_ATTRIBUTES = frozenset({"attribute_item", "unary_operator", "signature"})
"""Nodes between a comment and its definition which are no comments."""

_DOCUMENTING = ("@doc", "@typedoc")

_BODY_MARKS = {
    "macro_definition": b"{",
    "class_statement": b"{",
    "enum_statement": b"{",
}
"""Nodes whose grammar names no body, and what opens it (Rust, PowerShell)."""

_KEYWORD_BODIES = frozenset({"struct_type", "interface_type"})
"""Bodies that begin with a word which belongs to the head (Go)."""


def signature_of(source: bytes, begin: int, node: Node, body: Node | None) -> str:
    """The head of a definition that begins at a byte of the source: up to its body, in one line."""
    end = _end_of_head(source, begin, node, body)
    text = source[begin : min(end, begin + _READ)].decode("utf-8", "ignore")
    annotations = _ANNOTATIONS.match(text) if text[:1] in "@#[" and node.type not in _ATTRIBUTES else None
    if annotations is not None and annotations.end() < len(text):
        text = text[annotations.end() :]
    text = _in_one_line(text) if "\n" in text else text.strip()
    if node.type == "binding":
        text = text.rstrip(";")
    else:
        while opening := _opening_of(text):
            text = text[:-opening].rstrip()
    return _cut(text, SIGNATURE_LENGTH)


def _in_one_line(text: str) -> str:
    """The text without remarks, with one space between words and none within brackets, and no comma at their end."""
    if any(mark in text for mark in _REMARKING):
        text = _REMARKS.sub(" ", text)
    text = " ".join(text.split())
    for loose, tight in _TIGHTENED:
        text = text.replace(loose, tight)
    return text


def _opening_of(text: str) -> int:
    """How many characters at the end of a head only open the body."""
    last = text[-1:]
    if last in _OPENING:
        return 1
    if last == ">":
        return 2 if text.endswith(_ARROWS) else 0
    # The longest word has five letters, and a sixth tells where it begins.
    word = _OPENING_WORD.search(text, max(0, len(text) - 6)) if last in _LAST_OF_WORDS else None
    return len(word[0]) if word else 0


def _end_of_head(source: bytes, begin: int, node: Node, body: Node | None) -> int:
    end = node.end_byte
    mark = _BODY_MARKS.get(node.type)
    if mark is not None:
        found = source.find(mark, begin, end)
        return found if found > begin else end
    if body is None or body.start_byte <= begin:
        return end
    if body.type in _KEYWORD_BODIES:
        return max(source.find(b"{", body.start_byte, end), body.start_byte)
    while node.type == "binding" and body.type == "function_expression":
        inner = body.child_by_field_name("body")
        if inner is None:
            break
        body = inner
    while (before := body.prev_sibling) is not None and _is_before_body(before.type) and before.start_byte > begin:
        body = before
    return body.start_byte


def _is_before_body(kind: str) -> bool:
    """Whether a node of this kind that stands right before a body is no part of the head."""
    return kind == "field_initializer_list" or "comment" in kind


def comment_above(line: int, comments: Mapping[int, Node]) -> str:
    """The text of the comment that ends just above a line, attributes between them left aside."""
    lines: list[str] = []
    while (comment := comments.get(line - 1)) is not None:
        line = comment.start_point[0] + 1
        text = (comment.text or b"").decode("utf-8", "replace")
        if comment.type in _ATTRIBUTES:
            if text.startswith(_DOCUMENTING):
                return text_of_string(text.partition("doc")[2])
            continue
        if _BLOCK_OPENS.match(text):
            return _joined(lines[::-1]) if lines else _block(text)
        if text.startswith("#!"):
            break
        lines.append(_LINE_MARK.sub("", text.rstrip()))
        if len(lines) == _DOC_LINES:
            break
    return _joined(lines[::-1])


def type_above(line: int, comments: Mapping[int, Node]) -> str:
    """The type that is declared in the line above, where a language does so (Haskell)."""
    node = comments.get(line - 1)
    if node is None or node.type != "signature":
        return ""
    return signature_of(node.text or b"", 0, node, None)


def moduledoc_of(body: Node | None) -> str:
    """The documentation that a module of Elixir begins with."""
    first = _first_of(body)
    text = (first.text or b"").decode("utf-8", "replace") if first is not None else ""
    return text_of_string(text.removeprefix("@moduledoc")) if text.startswith("@moduledoc") else ""


def docstring_of(body: Node | None) -> str:
    """The text of the string that a body of Python begins with, or that follows an assignment."""
    first = None
    if body is not None and body.type == "expression_statement":
        first = body.next_named_sibling
    elif body is not None and body.type == "block":
        first = next((child for child in _named(body) if child.type != "comment"), None)
    if first is not None and first.type == "expression_statement":
        first = _first_of(first)
    if first is None or first.type != "string":
        return ""
    return text_of_string((first.text or b"").decode("utf-8", "replace"))


def _named(node: Node) -> Iterator[Node]:
    """The named children one by one; a body may have thousands, of which the first matter."""
    return (child for place in range(node.named_child_count) if (child := node.named_child(place)) is not None)


def _first_of(node: Node | None) -> Node | None:
    return node.named_child(0) if node is not None and node.named_child_count else None


def text_of_string(literal: str) -> str:
    """What a literal says, without quotes and common indentation."""
    match = _QUOTES.match(literal.strip())
    return _cut(_plain(match[2]), DOC_LENGTH) if match else ""


def _plain(text: str) -> str:
    """The text without common indentation."""
    return inspect.cleandoc(text).strip() if "\n" in text else text.expandtabs().strip()


def _block(text: str) -> str:
    inner = _BLOCK_ENDS.sub("", _BLOCK_OPENS.sub("", text))
    return _joined(_STAR.sub("", inner).split("\n"))


def _joined(lines: list[str]) -> str:
    """The lines without common indentation; rules of dashes say nothing."""
    if not lines:
        return ""
    kept = ["" if _RULE.match(line) else line.rstrip() for line in lines]
    return _cut(_plain(_TAGS.sub("", "\n".join(kept))), DOC_LENGTH)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
