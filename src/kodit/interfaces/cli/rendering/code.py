"""Symbols and where they are used."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.asking.answers import Call, Calls, Definitions, Listed, Uses
from kodit.application.asking.rows import FoundAlias, FoundReference, FoundSymbol
from kodit.interfaces.cli.rendering.figures import counted
from kodit.interfaces.cli.rendering.folding import folded
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.widths import cut

DOC_LINES = 12
"""How many lines of a symbol's documentation are shown."""

UNRESOLVED = 20
"""How many references are shown that bear a name and may mean something else."""

ALIASES = 5
"""How many meanings of a name that imports make known are shown."""

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


def alias_entry(alias: FoundAlias) -> Mapping[str, Any]:
    """An alias as a JSON document has it."""
    return {
        "path": alias.path,
        "line": alias.line,
        "alias": alias.local,
        "leads_to": alias.leads_to,
        "external": alias.external,
        "source": alias.source,
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
        "aliases": [alias_entry(alias) for alias in found.aliases],
    }


def uses_document(found: Uses) -> Mapping[str, Any]:
    """Where symbols are used."""
    return {
        "asked": found.asked,
        "definitions": [symbol_entry(symbol) for symbol in found.symbols],
        "references": [reference_entry(reference) for reference in found.references],
        "unresolved": [reference_entry(reference) for reference in found.unresolved],
        "outside": [reference_entry(reference) for reference in found.outside],
        "aliases": [alias_entry(alias) for alias in found.aliases],
        "more": found.more,
        "unlinked_files": found.unlinked,
    }


def calls_document(found: Calls) -> Mapping[str, Any]:
    """What symbols use."""
    return {
        "asked": found.asked,
        "definitions": [symbol_entry(symbol) for symbol in found.symbols],
        "calls": [
            {**reference_entry(call.reference), "means": None if call.target is None else symbol_entry(call.target)}
            for call in found.calls
        ],
        "more": found.more,
        "unlinked_files": found.unlinked,
    }


def show_listed(found: Listed) -> None:
    """Symbols, each with its head below."""
    for symbol, sources in _symbols_once(found.symbols):
        _headline(symbol, sources)
    if not found.symbols:
        notice("nothing found; a part of the name, or fewer filters, may help")
    if found.more:
        notice(f"there are more than these {len(found.symbols)}; --limit shows more, a longer pattern fewer")


def show_definitions(found: Definitions) -> None:
    """Symbols, each with its head and its documentation."""
    if not found.exact:
        notice(f"nothing is called exactly {found.asked}")
    _show_aliases(found.aliases, found.symbols)
    for position, (symbol, sources) in enumerate(_symbols_once(found.symbols)):
        if position:
            say()
        _headline(symbol, sources)
        lines = symbol.doc.splitlines()
        for line in lines[:DOC_LINES]:
            say(f"{_INDENT}{line}".rstrip())
        if len(lines) > DOC_LINES:
            say(f"{_INDENT}... {counted(len(lines) - DOC_LINES, 'more line')}")
    for reference in found.references:
        notice(f"{reference.path}:{reference.line}:{reference.column}  {meaning(reference)}")


def meaning(reference: FoundReference) -> str:
    """What is known of a reference that means no symbol of its source."""
    if reference.external is not None:
        return f"{reference.name} is from outside of the source: {reference.external}"
    return f"{reference.name} could not be resolved; what is so called: kodit definition {shlex.quote(reference.name)}"


def _show_aliases(aliases: Sequence[FoundAlias], symbols: Sequence[FoundSymbol]) -> None:
    """What imports make of a name, each meaning once with the first place that says so."""
    names = {symbol.id: symbol.qualified_name for symbol in symbols}
    told: dict[tuple[str, str], list[FoundAlias]] = {}
    for alias in aliases:
        told.setdefault((alias.local, _meant_by(alias, names)), []).append(alias)
    for (local, meant), places in list(told.items())[:ALIASES]:
        more = f", and in {len(places) - 1} more" if len(places) > 1 else ""
        notice(f"{local} is {meant}, by the import in {places[0].path}:{places[0].line}  ({places[0].source}){more}")
    if len(told) > ALIASES:
        notice(f"and {counted(len(told) - ALIASES, 'more meaning')}; --json has them")


def _meant_by(alias: FoundAlias, names: Mapping[int, str]) -> str:
    if alias.target_id is not None:
        return names.get(alias.target_id, "what contains this")
    return f"the file {alias.leads_to}" if alias.leads_to else f"{alias.external}, from outside of the source"


def show_uses(found: Uses) -> None:
    """What is used, then where; what could not be resolved comes last."""
    _show_aliases([alias for alias in found.aliases if alias.local != alias.external], found.symbols)
    show_meant(found.symbols)
    _show_references(found.references, resolved=True)
    if found.outside:
        if found.symbols or found.references:
            notice("outside of the sources, and called so there:")
        _show_references(found.outside)
    _show_unresolved(found.unresolved)
    if not (found.references or found.outside or found.unresolved):
        notice("nothing that is indexed uses it")
    if found.more:
        notice("there are more; --limit shows them")
    say_unlinked(found.unlinked)


def counts_of(found: Uses) -> Mapping[str, int]:
    """How many references there are of each sort."""
    return {
        "references": len(found.references),
        "outside": len(found.outside),
        "unresolved": len(found.unresolved),
    }


def show_counts(found: Uses) -> None:
    """How many references mean it; beside that, how many may."""
    show_meant(found.symbols)
    say(f"{len(found.references) if found.symbols or found.references else len(found.outside)}")
    if (found.symbols or found.references) and found.outside:
        notice(f"and {len(found.outside)} of what is called so outside of the sources")
    if found.unresolved:
        notice(f"and {len(found.unresolved)} that could not be resolved")
    say_unlinked(found.unlinked)


def show_calls(found: Calls) -> None:
    """What symbols use, each with the place that it is defined at."""
    show_meant(found.symbols)
    for call, sources in folded(found.calls, alike=_as_called, source=lambda one: one.reference.source):
        one, target = call.reference, call.target
        what = one.external or one.name if target is None else target.qualified_name
        where = "" if target is None else f"  {target.path}:{target.line}"
        unresolved = "" if target is not None or one.external is not None else "unresolved "
        say(f"{one.path}:{one.line}:{one.column}  {unresolved}{one.kind} of {what}{where}  ({sources})")
    if not found.calls:
        notice("nothing that kodit knows")
    if found.more:
        notice("there are more; --limit shows them")
    say_unlinked(found.unlinked)


def show_meant(symbols: Sequence[FoundSymbol]) -> None:
    """The symbols that an answer is about, beside it."""
    for symbol, sources in _symbols_once(symbols):
        notice(f"{symbol.qualified_name}  {symbol.kind}  {symbol.path}:{symbol.line}  ({sources})")


def _show_unresolved(references: Sequence[FoundReference]) -> None:
    if not references:
        return
    notice(f"unresolved: these name {references[0].name}, and nobody can tell what they mean")
    _show_references(references[:UNRESOLVED])
    if len(references) > UNRESOLVED:
        notice(f"and {len(references) - UNRESOLVED} more; --json has them")


def say_unlinked(files: int) -> None:
    """That some answers may be out of date."""
    if files:
        are = "file is" if files == 1 else "files are"
        notice(f"{files} {are} not linked yet: indexing goes on, or was interrupted; see kodit status")


def _symbols_once(symbols: Sequence[FoundSymbol]) -> Sequence[tuple[FoundSymbol, str]]:
    return folded(symbols, alike=_as_defined, source=lambda symbol: symbol.source)


def _as_defined(symbol: FoundSymbol) -> tuple[object, ...]:
    return symbol.path, symbol.line, symbol.qualified_name, symbol.kind, symbol.signature, symbol.doc


def _as_used(reference: FoundReference) -> tuple[object, ...]:
    place = reference.path, reference.line, reference.column
    return (*place, reference.kind, reference.inside, reference.external, reference.text)


def _as_called(call: Call) -> tuple[object, ...]:
    return _as_used(call.reference), None if call.target is None else _as_defined(call.target)


def _headline(symbol: FoundSymbol, sources: str) -> None:
    hidden = "" if symbol.visibility.value == "public" else f"{symbol.visibility} "
    say(f"{symbol.path}:{symbol.line}  {symbol.qualified_name}  {hidden}{symbol.kind}  ({sources})")
    if symbol.signature:
        say(cut(f"{_INDENT}{symbol.signature}"))


def _show_references(references: Sequence[FoundReference], *, resolved: bool = False) -> None:
    """References with their lines. Where all are resolved, one that means no symbol is the import of a file."""
    for reference, sources in folded(references, alike=_as_used, source=lambda one: one.source):
        kind = f"{reference.kind}"
        if reference.external is not None:
            kind = f"{kind} of {reference.external}"
        elif reference.target_id is None and not resolved:
            kind = f"unresolved {kind}"
        inside = f" in {reference.inside}" if reference.inside else ""
        say(f"{reference.path}:{reference.line}:{reference.column}  {kind}{inside}  ({sources})")
        if reference.text:
            say(cut(f"{_INDENT}{reference.text}"))
