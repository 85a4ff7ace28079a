"""`kodit symbols`, `kodit definition`, `kodit references`, `kodit calls`: code by its names."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.interfaces.cli.arguments import JsonOption, LanguagesOption, PathsOption, SourcesOption, examples
from kodit.interfaces.cli.rendering.streams import document, say
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.asking.answers import Calls, Definitions, Listed, Uses
    from kodit.application.asking.where import Where
    from kodit.application.engine import Kodit


def _any_of(kinds: Iterable[str]) -> str:
    return f"{', '.join(kinds)}; may be given again"


class How(StrEnum):
    """How a name is used, in the words of the command line."""

    CALL = "call"
    USE = "use"
    IMPORT = "import"
    INHERITANCE = "inheritance"
    EXTENDS = "extends"
    IMPLEMENTS = "implements"


_MEANT: Mapping[How, ReferenceKind] = {
    **{How(kind): kind for kind in ReferenceKind},
    How.EXTENDS: ReferenceKind.INHERITANCE,
    How.IMPLEMENTS: ReferenceKind.INHERITANCE,
}

HowOption = Annotated[
    list[How] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="Only these: call, use, import, inheritance (also: extends, implements); may be given again.",
    ),
]
CountOption = Annotated[bool, typer.Option("--count", help="Print only how many there are, all of them.")]
COUNTED = 10_000_000
"""What is counted at most."""

Named = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A name, a qualified name from anywhere on (Parser.parse), or FILE:LINE[:COLUMN] for what is named there.",
    ),
]

SYMBOLS_EXAMPLES = examples(
    "kodit symbols parse",
    "kodit symbols 'get*Name' --kind function --kind method --language typescript",
    "kodit symbols '*' --path 'src/api/**' --visibility public",
)
DEFINITION_EXAMPLES = examples(
    "kodit definition parse_price", "kodit definition OrderBook.place_order", "kodit definition src/app.py:12:8"
)
REFERENCES_EXAMPLES = examples(
    "kodit references parse_price",
    "kodit references OrderBook --kind extends",
    "kodit references requests.get --count",
    "kodit references os --kind import",
    "kodit references src/app.py:12 --path 'tests/**' --json",
)
CALLS_EXAMPLES = examples("kodit calls parse_price", "kodit calls OrderBook --kind call --kind use --json")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="symbols", epilog=SYMBOLS_EXAMPLES)(symbols)
    app.command(name="definition", epilog=DEFINITION_EXAMPLES)(definition)
    app.command(name="references", epilog=REFERENCES_EXAMPLES)(references)
    app.command(name="calls", epilog=CALLS_EXAMPLES)(calls)


def where_of(source: list[str] | None, language: list[str] | None = None, path: list[str] | None = None) -> "Where":
    """What part of the code the options name."""
    from kodit.application.asking.where import Where

    return Where(sources=tuple(source or ()), languages=tuple(language or ()), paths=tuple(path or ()))


def tell_count(what: str, number: int, *, as_json: bool) -> None:
    """Print only how many there are."""
    if as_json:
        document({what: number})
    else:
        say(f"{number}")


def symbols(  # noqa: PLR0913, PLR0917 - each is an option of the command
    context: typer.Context,
    pattern: Annotated[
        str,
        typer.Argument(
            metavar="PATTERN",
            help="Part of a name, several parts, or all of one with * and ?; with a dot, of the qualified name.",
        ),
    ],
    kind: Annotated[
        list[SymbolKind] | None, typer.Option(metavar="KIND", help=f"Only these: {_any_of(SymbolKind)}.")
    ] = None,
    visibility: Annotated[
        list[Visibility] | None, typer.Option(metavar="WHO", help=f"Only what is {_any_of(Visibility)}.")
    ] = None,
    source: SourcesOption = None,
    language: LanguagesOption = None,
    path: PathsOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="How many at most.")] = 50,
    count: CountOption = False,
    as_json: JsonOption = False,
) -> None:
    """List what is defined, by name. Nothing found is no error: the exit code is 0.

    Names that are exactly so come first, then those that begin so. Upper and lower case are the same.
    """
    from kodit.domain.code.symbol_pattern import SymbolFilter
    from kodit.interfaces.cli.rendering.code import listed_document, show_listed

    invocation = invocation_of(context)
    most = COUNTED if count else limit
    which = SymbolFilter(kinds=frozenset(kind or ()), visibilities=frozenset(visibility or ()))

    async def asked(engine: "Kodit") -> "Listed":
        return await engine.code.symbols(pattern, which=which, where=where_of(source, language, path), limit=most)

    found = invocation.asking(asked, create=False)
    if count:
        tell_count("symbols", len(found.symbols), as_json=as_json)
    elif as_json:
        document(listed_document(found))
    else:
        show_listed(found)


def definition(
    context: typer.Context,
    name: Named,
    source: SourcesOption = None,
    language: LanguagesOption = None,
    path: PathsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where something is defined.

    Its head and its documentation are shown with it.
    A name that nothing has is an error.
    """
    from kodit.interfaces.cli.rendering.code import definitions_document, show_definitions

    invocation = invocation_of(context)

    async def asked(engine: "Kodit") -> "Definitions":
        return await engine.code.definition(name, where=where_of(source, language, path))

    found = invocation.asking(asked, create=False)
    if as_json:
        document(definitions_document(found))
    else:
        show_definitions(found)


def references(  # noqa: PLR0913, PLR0917 - each is an option of the command
    context: typer.Context,
    name: Named,
    kind: HowOption = None,
    source: SourcesOption = None,
    language: LanguagesOption = None,
    path: PathsOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="How many at most.")] = 200,
    count: CountOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show where something is used.

    A symbol; or a module from outside of the sources or what it has, as os and requests.get.
    What bears the name and could not be resolved is told apart: it may mean something else.
    --kind extends shows what inherits from a class, --kind import who imports it.
    --language and --path say where it is used, not where it is defined.
    A name that nothing has is an error.
    """
    from kodit.interfaces.cli.rendering.code import counts_of, show_counts, show_uses, uses_document

    invocation = invocation_of(context)
    most = COUNTED if count else limit

    async def asked(engine: "Kodit") -> "Uses":
        where = where_of(source, language, path)
        return await engine.code.references(name, kinds=_kinds(kind), where=where, limit=most)

    found = invocation.asking(asked, create=False)
    if as_json:
        document(counts_of(found) if count else uses_document(found))
    elif count:
        show_counts(found)
    else:
        show_uses(found)


def calls(
    context: typer.Context,
    name: Named,
    kind: HowOption = None,
    source: SourcesOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="How many at most.")] = 200,
    as_json: JsonOption = False,
) -> None:
    """Show what a symbol calls, with all that it encloses.

    --kind shows what else it uses.
    A name that no symbol has is an error.
    """
    from kodit.interfaces.cli.rendering.code import calls_document, show_calls

    invocation = invocation_of(context)

    async def asked(engine: "Kodit") -> "Calls":
        kinds = _kinds(kind) or (ReferenceKind.CALL,)
        return await engine.code.calls(name, kinds=kinds, where=where_of(source), limit=limit)

    found = invocation.asking(asked, create=False)
    if as_json:
        document(calls_document(found))
    else:
        show_calls(found)


def _kinds(words: Iterable[How] | None) -> tuple[ReferenceKind, ...]:
    return tuple(dict.fromkeys(_MEANT[word] for word in words or ()))
