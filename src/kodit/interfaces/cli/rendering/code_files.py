"""What files define and need, and what a change may reach."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kodit.application.asking.answers import Dependencies, Dependents, FileNeed, Impact, ListedFiles, Outline, Reached
from kodit.application.asking.rows import FoundFile, FoundImport
from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE
from kodit.interfaces.cli.rendering.code import say_unlinked, show_meant, symbol_entry
from kodit.interfaces.cli.rendering.figures import counted
from kodit.interfaces.cli.rendering.folding import folded
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.widths import cut

NAMES = 3
"""How many of the names that a file imports from another are shown."""
_WIDEST = 60
"""Paths are aligned up to this width, in characters."""


def outline_document(found: Outline) -> Mapping[str, Any]:
    """The symbols of a file, each with the number of symbols around it."""
    depths = dict(_depths(found))
    return {
        **_file(found.file),
        "symbols": [{**symbol_entry(symbol), "depth": depths[symbol.id]} for symbol in found.symbols],
    }


def dependencies_document(found: Dependencies) -> Mapping[str, Any]:
    """What a file needs."""
    names = _names_from(found.imports)
    return {
        **_file(found.file),
        "needs": [{**_need(need), "names": names.get(need.file.path, ())} for need in found.needs],
        "imports": [_import(one) for one in found.imports],
        "unlinked_files": found.unlinked,
    }


def dependents_document(found: Dependents) -> Mapping[str, Any]:
    """Which files need a file."""
    return {
        **_file(found.file),
        "needed_by": [_need(need) for need in found.needed_by],
        "unlinked_files": found.unlinked,
    }


def impact_document(found: Impact) -> Mapping[str, Any]:
    """What a change may reach."""
    return {
        "asked": found.asked,
        "definitions": [symbol_entry(symbol) for symbol in found.symbols],
        "file": None if found.file is None else _file(found.file),
        "reached": [
            {
                "distance": one.distance,
                **_file(one.file),
                "line": one.line,
                "symbol": one.symbol.qualified_name if one.symbol else None,
                "kind": one.symbol.kind if one.symbol else None,
            }
            for one in found.reached
        ],
        "further": found.further,
        "unresolved": found.unresolved,
        "unlinked_files": found.unlinked,
    }


def files_document(found: ListedFiles) -> Mapping[str, Any]:
    """Files."""
    return {"files": [_file(file) for file in found.files], "more": found.more}


def show_files(found: ListedFiles) -> None:
    """Paths, one a line."""
    width = min(_WIDEST, max((len(file.path) for file in found.files), default=0))
    for file in found.files:
        say(f"{file.path:<{width}}  {file.language or '-'}  ({file.source})")
    if not found.files:
        notice("no such files; fewer filters may help")
    if found.more:
        notice(f"there are more than these {len(found.files)}; --limit shows them")


def show_outline(found: Outline) -> None:
    """A line for each symbol, indented below what encloses it."""
    notice(f"{found.file.path}  ({found.file.source})")
    depths = dict(_depths(found))
    for symbol in found.symbols:
        say(cut(f"{symbol.line:>6}  {symbol.kind:<9}  {'  ' * depths[symbol.id]}{symbol.signature or symbol.name}"))
    if not found.symbols:
        notice(f"it defines nothing that kodit knows; its language is {found.file.language or 'unknown'}")


def show_dependencies(found: Dependencies) -> None:
    """Files first, then what is outside, then what nobody can tell."""
    notice(f"{found.file.path} needs  ({found.file.source})")
    names = _names_from(found.imports)
    _aligned([(need.file.path, _how(need, names.get(need.file.path, ()))) for need in found.needs])
    _aligned(_outside(found.imports))
    _aligned(_unresolved(found.imports))
    if not (found.needs or found.imports):
        notice("nothing that kodit knows")
    say_unlinked(found.unlinked)


def _outside(imports: Sequence[FoundImport]) -> Sequence[tuple[str, str]]:
    """What is taken from outside of the source, each once."""
    lines: dict[str, int] = {}
    for one in imports:
        if one.external is not None:
            lines.setdefault(one.external, one.imported.line)
    return [(name, f"outside of the source, first in line {line}") for name, line in sorted(lines.items())]


def _unresolved(imports: Sequence[FoundImport]) -> Sequence[tuple[str, str]]:
    return [
        ("." * one.imported.level + one.imported.module, f"unresolved, in line {one.imported.line}")
        for one in imports
        if one.leads_to is None and one.external is None
    ]


def show_dependents(found: Dependents) -> None:
    """Files, one a line."""
    notice(f"{found.file.path} is needed by  ({found.file.source})")
    _aligned([(f"{need.file.path}:{need.edge.line}", _how(need, ())) for need in found.needed_by])
    if not found.needed_by:
        notice("nothing that is indexed")
    say_unlinked(found.unlinked)


def show_impact(found: Impact) -> None:
    """What is reached, the nearest first."""
    show_meant(found.symbols)
    if found.file is not None:
        notice(f"{found.file.path}  ({found.file.source})")
    once = folded(found.reached, alike=lambda one: (_at(one), _what(one)), source=lambda one: one.file.source)
    width = min(_WIDEST, max((len(_at(one)) for one, _ in once), default=0))
    for one, sources in once:
        say(f"{_at(one):<{width}}  {_what(one)}({sources})")
    _summed_up([one for one, _ in once], further=found.further)
    if found.unresolved:
        name = found.symbols[0].name
        command = f"kodit references {shlex.quote(name)}"
        notice(f"more may: what bears the name {name} and could not be resolved is in: {command}")
    say_unlinked(found.unlinked)


def _summed_up(reached: Sequence[Reached], *, further: bool) -> None:
    if not reached:
        notice("nothing that is indexed uses it")
        return
    files = {(one.file.source, one.file.path) for one in reached}
    far = max(one.distance for one in reached)
    symbols = sum(one.symbol is not None for one in reached)
    told = f"{counted(symbols, 'symbol')} in {counted(len(files), 'file')}" if symbols else counted(len(files), "file")
    notice(f"{told}, at most {counted(far, 'step')} away")
    if further:
        notice("there is more further away; a greater --depth, or none, shows it")


def _at(reached: Reached) -> str:
    return f"{reached.distance:>3}  {reached.file.path}:{reached.line}"


def _what(reached: Reached) -> str:
    return f"{reached.symbol.qualified_name}  {reached.symbol.kind}  " if reached.symbol else ""


def _depths(found: Outline) -> Iterator[tuple[int, int]]:
    depths: dict[int | None, int] = {None: -1}
    for symbol in found.symbols:
        depths[symbol.id] = depths[symbol.parent_id] + 1
        yield symbol.id, depths[symbol.id]


def _file(file: FoundFile) -> Mapping[str, Any]:
    return {"path": file.path, "language": file.language, "source": file.source}


def _need(need: FileNeed) -> Mapping[str, Any]:
    return {**_file(need.file), "line": need.edge.line, "imports": need.edge.imports, "uses": need.edge.uses}


def _import(found: FoundImport) -> Mapping[str, Any]:
    imported = found.imported
    return {
        "module": "." * imported.level + imported.module,
        "line": imported.line,
        "names": [_bound(name.imported, imported.module) for name in imported.bindings],
        "leads_to": found.leads_to,
        "external": found.external,
    }


def _bound(name: str, module: str) -> str:
    return {WHOLE_MODULE: module, EVERYTHING: EVERYTHING}.get(name, name)


def _names_from(imports: Sequence[FoundImport]) -> Mapping[str, Sequence[str]]:
    """What is imported by its name from each file, by the file's path."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for one in imports:
        if one.leads_to is not None:
            named = [binding.imported for binding in one.imported.bindings if binding.imported != WHOLE_MODULE]
            names[one.leads_to] += [name for name in named if name not in names[one.leads_to]]
    return names


def _how(need: FileNeed, names: Sequence[str]) -> str:
    told = [f"imports {', '.join(names[:NAMES])}{', ...' if names[NAMES:] else ''}"] if names else []
    how_often = ((0 if names else need.edge.imports, "import"), (need.edge.uses, "use"))
    told += [counted(number, word) for number, word in how_often if number]
    return "; ".join(told)


def _aligned(rows: Sequence[tuple[str, str]]) -> None:
    width = min(_WIDEST, max((len(first) for first, _ in rows), default=0))
    for first, rest in rows:
        say(f"{first:<{width}}  {rest}".rstrip())
