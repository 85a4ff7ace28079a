"""Symbols and where they are used."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.asking.answers import Definitions, Listed, Uses
from kodit.application.asking.rows import FoundReference, FoundSymbol
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.widths import cut

DOC_LINES = 12
"""How many lines of a symbol's documentation are shown."""

UNRESOLVED = 20
"""How many references are shown that bear a name and may mean something else."""

_INDENT = " " * 8


def symbol_entry(symbol: FoundSymbol) -> Mapping[str, Any]:
    """A symbol as a JSON document has it."""
    return {
        "path": symbol.path,
        "line": symbol.line,
        "start_line": symbol.start_line,
        "end_line": symbol.end_line,
        "language": symbol.language,
        "symbol": symbol.qualified_name,
        "kind": symbol.kind,
        "visibility": symbol.visibility,
        "signature": symbol.signature,
        "doc": symbol.doc,
        "source": symbol.source,
    }


def reference_entry(reference: FoundReference) -> Mapping[str, Any]:
    """A reference as a JSON document has it."""
    return {
        "path": reference.path,
        "line": reference.line,
        "column": reference.column,
        "language": reference.language,
        "kind": reference.kind,
        "name": reference.name,
        "qualifier": reference.qualifier,
        "inside": reference.inside,
        "external": reference.external,
        "text": reference.text,
        "source": reference.source,
    }


def listed_document(found: Listed) -> Mapping[str, Any]:
    """Symbols that fit a pattern."""
    return {"symbols": [symbol_entry(symbol) for symbol in found.symbols], "more": found.more}


def definitions_document(found: Definitions) -> Mapping[str, Any]:
    """What a name means."""
    return {
        "asked": found.asked,
        "exact": found.exact,
        "definitions": [symbol_entry(symbol) for symbol in found.symbols],
        "not_defined_here": [reference_entry(reference) for reference in found.references],
    }


def uses_document(found: Uses) -> Mapping[str, Any]:
    """Where symbols are used."""
    return {
        "asked": found.asked,
        "definitions": [symbol_entry(symbol) for symbol in found.symbols],
        "references": [reference_entry(reference) for reference in found.references],
        "unresolved": [reference_entry(reference) for reference in found.unresolved],
        "outside": [reference_entry(reference) for reference in found.outside],
        "more": found.more,
        "unlinked_files": found.unlinked,
    }


def show_listed(found: Listed) -> None:
    """Symbols, each with its head below."""
    for symbol in found.symbols:
        _headline(symbol)
    if not found.symbols:
        notice("nothing found; a part of the name, or fewer filters, may help")
    if found.more:
        notice(f"there are more than these {len(found.symbols)}; --limit shows more, a longer pattern fewer")


def show_definitions(found: Definitions) -> None:
    """Symbols, each with its head and its documentation."""
    if not found.exact:
        notice(f"nothing is called exactly {found.asked}")
    for position, symbol in enumerate(found.symbols):
        if position:
            say()
        _headline(symbol)
        lines = symbol.doc.splitlines()
        for line in lines[:DOC_LINES]:
            say(f"{_INDENT}{line}".rstrip())
        if len(lines) > DOC_LINES:
            say(f"{_INDENT}... {len(lines) - DOC_LINES} more lines")
    for reference in found.references:
        notice(f"{reference.path}:{reference.line}:{reference.column}  {meaning(reference)}")


def meaning(reference: FoundReference) -> str:
    """What is known of a reference that means no symbol of its source."""
    if reference.external is not None:
        return f"{reference.name} is from outside of the source: {reference.external}"
    return f"{reference.name} could not be resolved; what is so called: kodit definition {shlex.quote(reference.name)}"


def show_uses(found: Uses) -> None:
    """What is used, then where; what could not be resolved comes last."""
    for symbol in found.symbols:
        notice(f"{symbol.qualified_name}  {symbol.kind}  {symbol.path}:{symbol.line}  ({symbol.source})")
    for reference in (*found.references, *found.outside):
        _reference(reference)
    _show_unresolved(found.unresolved)
    if not (found.references or found.outside or found.unresolved):
        notice("nothing that is indexed uses it")
    if found.more:
        notice("there are more; --limit shows them")
    say_unlinked(found.unlinked)


def _show_unresolved(references: Sequence[FoundReference]) -> None:
    if not references:
        return
    notice(f"unresolved: these name {references[0].name}, and nobody can tell what they mean")
    for reference in references[:UNRESOLVED]:
        _reference(reference)
    if len(references) > UNRESOLVED:
        notice(f"and {len(references) - UNRESOLVED} more; --json has them")


def say_unlinked(files: int) -> None:
    """That some answers may be out of date."""
    if files:
        notice(f"{files} files are not linked yet: indexing goes on, or was interrupted; see kodit status")


def _headline(symbol: FoundSymbol) -> None:
    hidden = "" if symbol.visibility.value == "public" else f"{symbol.visibility} "
    say(f"{symbol.path}:{symbol.line}  {symbol.qualified_name}  {hidden}{symbol.kind}  ({symbol.source})")
    if symbol.signature:
        say(cut(f"{_INDENT}{symbol.signature}"))


def _reference(reference: FoundReference) -> None:
    kind = f"{reference.kind}"
    if reference.external is not None:
        kind = f"{kind} of {reference.external}"
    elif reference.target_id is None:
        kind = f"unresolved {kind}"
    inside = f" in {reference.inside}" if reference.inside else ""
    say(f"{reference.path}:{reference.line}:{reference.column}  {kind}{inside}  ({reference.source})")
    if reference.text:
        say(cut(f"{_INDENT}{reference.text}"))
