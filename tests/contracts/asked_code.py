"""A small source as understanding left it: its symbols, references, imports and packages, linked."""

from dataclasses import dataclass, replace

from code_facts import a_reference, a_symbol, an_import, facts
from indexed_nouns import a_file, a_source, add_snippets
from indexed_nouns import a_snippet as snippet

from kodit.domain.code.reference import Binding, FileLinks, ImportLink, ReferenceKind, ReferenceLink
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.domain.sources.manifest import PackageKind
from kodit.domain.sources.package import Package, PackageChanges, PackageKey, PackageRequirement

PARSER = "lib/parser.py"
APP = "app/main.py"
TOOL = "app/tool.py"
WEB = "web/parser.ts"


@dataclass(frozen=True, slots=True)
class AskedCode:
    """Ids by path, and by path and qualified name; ids of packages by name."""

    index_id: int
    files: dict[str, int]
    symbols: dict[str, int]
    packages: dict[str, int]


SYMBOLS = {
    PARSER: [
        a_symbol("Parser", kind=SymbolKind.CLASS, end_line=9, signature="class Parser", doc="Reads text."),
        a_symbol("parse", line=2, end_line=4, inside=("Parser", 0), kind=SymbolKind.METHOD),
        a_symbol("_rest", line=6, inside=("Parser", 0), kind=SymbolKind.METHOD, visibility=Visibility.PRIVATE),
        a_symbol("parse_all", line=12),
    ],
    APP: [a_symbol("main", line=3, end_line=5), a_symbol("run_100%", line=8)],
    TOOL: [a_symbol("tool", line=3)],
    WEB: [
        a_symbol("Parser", kind=SymbolKind.INTERFACE),
        a_symbol("PARSE_LIMIT", line=3, kind=SymbolKind.CONSTANT),
        a_symbol("limits", line=5, kind=SymbolKind.VARIABLE),
        a_symbol("limit_of", line=6),
    ],
}
MEANT = {
    PARSER: [(a_reference("parse", line=12, qualifier="Parser()", scope=3), "lib/parser.py Parser.parse")],
    APP: [
        (
            a_reference("Parser", line=1, column=0, kind=ReferenceKind.IMPORT, qualifier="lib.parser"),
            "lib/parser.py Parser",
        ),
        (a_reference("parse", line=4, column=8, qualifier="Parser()", scope=0), "lib/parser.py Parser.parse"),
        (a_reference("join", line=4, column=20, qualifier="os.path", scope=0), "os.path.join"),
        (a_reference("parse", line=5, column=2, qualifier="?", scope=0), None),
        (a_reference("Parser", line=9, column=0, kind=ReferenceKind.USE), "lib/parser.py Parser"),
    ],
    TOOL: [(a_reference("main", line=3, scope=0), "app/main.py main")],
}
IMPORTED = {
    APP: [
        (an_import("lib.parser", bindings=(Binding("Reader", "Parser"),)), PARSER, None),
        (an_import("os.path", line=2, bindings=(Binding("files", ""),)), None, "os.path"),
        (an_import("", line=3, exported=True, bindings=(Binding("", "main"),)), None, None),
    ],
    TOOL: [
        (an_import("main", level=1, bindings=(Binding("start", ""),)), APP, None),
        (an_import("lib.parser", line=2), PARSER, None),
    ],
}
TEXTS = {APP: "from lib.parser import Parser\nimport os\ndef main():\n    Parser().parse(join())\n    x.parse()\n"}


async def understood(unit, name="demo"):
    """Store all of it under a new source of this name."""
    source = await unit.sources.add(a_source(name))
    languages = {path: "typescript" if path.endswith(".ts") else "python" for path in SYMBOLS}
    await unit.files.save(a_file(source.id, path, language=language) for path, language in languages.items())
    files = {path: file.id for path, file in (await unit.files.of(source.id)).items()}
    for path, text in TEXTS.items():
        halves = text[: text.index("def")], text[text.index("def") :]
        for half, first, last in zip(halves, (1, 3), (2, 5), strict=True):
            piece = replace(snippet(half, path=path), start_line=first, end_line=last)
            await add_snippets(unit, source.id, files[path], piece)
    await unit.symbols.replace(
        source.id,
        [
            facts(
                files[path],
                symbols=symbols,
                references=[reference for reference, _ in MEANT.get(path, ())],
                imports=[imported for imported, _, _ in IMPORTED.get(path, ())],
            )
            for path, symbols in SYMBOLS.items()
        ],
    )
    paths = {file_id: path for path, file_id in files.items()}
    stored = await unit.symbols.of_files(files.values())
    symbols = {
        f"{paths[file_id]} {one.symbol.qualified_name}": one.id
        for file_id, several in stored.items()
        for one in several
    }
    await unit.symbols.link([await _links(unit, file_id, path, files, symbols) for path, file_id in files.items()])
    return AskedCode(source.id, files, symbols, await _packages(unit, source.id, files))


async def _links(unit, file_id, path, files, symbols):
    references = (await unit.symbols.references_of([file_id])).get(file_id, ())
    imports = (await unit.symbols.imports_of([file_id])).get(file_id, ())
    means = [meant for _, meant in MEANT.get(path, ())]
    ends = [(files.get(target), external) for _, target, external in IMPORTED.get(path, ())]
    return FileLinks(
        file_id=file_id,
        references=tuple(
            ReferenceLink(stored.id, symbols.get(meant), None if meant in symbols else meant)
            for stored, meant in zip(references, means, strict=True)
        ),
        imports=tuple(ImportLink(stored.id, *end) for stored, end in zip(imports, ends, strict=True)),
    )


async def _packages(unit, index_id, files):
    lib = PackageKey("lib", PackageKind.PYTHON)
    required = (PackageRequirement("lib", ">=1", target=lib), PackageRequirement("numpy"))
    packages = [
        Package(path="app", kind=PackageKind.PYTHON, name="app", manifest="app/pyproject.toml", requirements=required),
        Package(path="lib", kind=PackageKind.PYTHON, name="lib", version="1.2", description="Reads all sorts of text."),
        Package(path="web", kind=PackageKind.NPM, name="@shop/web", manifest="web/package.json"),
    ]
    await unit.packages.apply(index_id, PackageChanges(add=tuple(packages)))
    ids = {stored.package.name: stored.id for stored in await unit.packages.of(index_id)}
    by_directory = {"app": ids["app"], "lib": ids["lib"], "web": ids["@shop/web"]}
    await unit.packages.own({file_id: by_directory[path.partition("/")[0]] for path, file_id in files.items()})
    return ids
