"""Symbols, references and imports, as the suites about understanding code need them."""

from kodit.domain.code.extracted import FileFacts
from kodit.domain.code.reference import FileLinks, Import, Reference, ReferenceKind
from kodit.domain.code.symbol import Symbol, SymbolKind


def a_symbol(name="f", *, line=1, inside=None, **changes):
    """A function; `inside` are the qualified name and the place of what encloses it."""
    within, parent = inside or ("", None)
    given = {
        "qualified_name": f"{within}.{name}" if within else name,
        "kind": SymbolKind.FUNCTION,
        "start_line": line,
        "end_line": line,
        "head_line": line,
        "parent": parent,
    }
    return Symbol(name=name, **(given | changes))


def a_reference(name="f", *, line=1, **changes):
    given = {"kind": ReferenceKind.CALL, "qualifier": "", "column": 4, "scope": None}
    return Reference(name=name, line=line, **(given | changes))


def an_import(module="os", *, line=1, **changes):
    return Import(module=module, line=line, **changes)


def facts(file_id, *, symbols=(), references=(), imports=()):
    return FileFacts(file_id=file_id, symbols=tuple(symbols), references=tuple(references), imports=tuple(imports))


def links(file_id, *, imports=(), references=()):
    return FileLinks(file_id=file_id, imports=tuple(imports), references=tuple(references))


async def symbols_of(repository, file_id):
    return (await repository.of_files([file_id])).get(file_id, [])


async def references_of(repository, file_id):
    return (await repository.references_of([file_id])).get(file_id, [])


async def imports_of(repository, file_id):
    return (await repository.imports_of([file_id])).get(file_id, [])
