"""`kodit nix search`, `kodit nix show`, `kodit nix has`: packages that are indexed."""

from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, ResultsOption, examples
from kodit.interfaces.cli.commands import nix
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kodit.application.engine import Kodit
    from kodit.application.nixpkgs.package_answers import FoundPackage, NameAnswer, PackageAnswers

SEARCH_EXAMPLES = examples(
    "kodit nix search firefox",
    'kodit nix search "plain text web browser" --limit 5',
    "kodit nix search http server --license MIT --license BSD-3-Clause --no-broken --no-unfree",
    "kodit nix search numpy --platform aarch64-linux --channel nixos-25.05 --plain | cut -f1",
)
SHOW_EXAMPLES = examples("kodit nix show firefox", "kodit nix show python3Packages.numpy --json")
HAS_EXAMPLES = examples("kodit nix has firefox", "kodit nix has python3Packages.numpy ripgrep --channel unstable")

ChannelsOption = Annotated[
    list[str] | None, typer.Option("--channel", metavar="NAME", help="Only in this channel; may be given again.")
]
LicensesOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only under this licence: an SPDX identifier or a name; may be given again."),
]
PlatformsOption = Annotated[
    list[str] | None,
    typer.Option(metavar="SYSTEM", help="Only for this system, as x86_64-linux; may be given again."),
]


def register(_app: typer.Typer) -> None:
    """Add the commands."""
    nix.group.command(name="search", epilog=SEARCH_EXAMPLES)(search)
    nix.group.command(name="show", epilog=SHOW_EXAMPLES)(show)
    nix.group.command(name="has", epilog=HAS_EXAMPLES)(has)


def search(  # noqa: PLR0913, PLR0917 - each is an option of the command
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(metavar="TEXT", help="A name, the beginning of one, or words for what it does."),
    ],
    channel: ChannelsOption = None,
    license: LicensesOption = None,
    platform: PlatformsOption = None,
    broken: Annotated[bool | None, typer.Option(help="Only broken packages, or only others.")] = None,
    unfree: Annotated[bool | None, typer.Option(help="Only unfree packages, or only others.")] = None,
    insecure: Annotated[bool | None, typer.Option(help="Only insecure packages, or only others.")] = None,
    unsupported: Annotated[
        bool | None, typer.Option(help="Only what is not for the channel's system, or only others.")
    ] = None,
    limit: ResultsOption = 10,
    plain: Annotated[
        bool, typer.Option("--plain", help="Print attribute, version and description with tabs between them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Search packages by name and by what they do. Nothing found is no error: the exit code is 0.

    What is called exactly so comes first, then what begins so, then what has the words in its names and its texts.
    A word that nothing is called and no text has is taken for a name that differs by a letter or two; that is told.
    Several licences or platforms are alternatives; a package that names no platforms is for all.
    """
    from kodit.domain.nixpkgs.package_query import PackageFilters
    from kodit.interfaces.cli.rendering.nix_packages import show_package_advice, show_packages

    if as_json and plain:
        raise typer.BadParameter("--json and --plain exclude each other")
    invocation = invocation_of(context)
    filters = PackageFilters(
        licenses=frozenset(license or ()),
        platforms=frozenset(platform or ()),
        broken=broken,
        unfree=unfree,
        insecure=insecure,
        unsupported=unsupported,
    )

    async def asked(engine: "Kodit") -> "PackageAnswers":
        searching = engine.nix().searching
        return await searching.search(" ".join(words), channels=channel or (), filters=filters, limit=limit)

    answers = invocation.asking(asked, create=False)
    if as_json:
        from kodit.application.serving.package_documents import answers_document

        document(answers_document(answers))
    else:
        show_packages(answers, plain=plain)
    show_package_advice(answers)


def show(
    context: typer.Context,
    attribute: Annotated[
        str, typer.Argument(metavar="ATTRIBUTE", help="An attribute path, as firefox or python3Packages.numpy.")
    ],
    channel: ChannelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of a package, in each channel that has it.

    An attribute path that there is none of is an error, which names those that may be meant.
    """
    from kodit.interfaces.cli.rendering.nix_packages import show_found

    async def asked(engine: "Kodit") -> "Sequence[FoundPackage]":
        return await engine.nix().lookup.show(attribute, channels=channel or ())

    invocation = invocation_of(context)
    found = invocation.asking(asked, create=False)
    if as_json:
        from kodit.application.serving.package_documents import found_document

        document([found_document(one) for one in found])
    else:
        show_found(found)


def has(
    context: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="Attribute paths, names of packages, or programs.")
    ],
    channel: ChannelsOption = None,
    as_json: JsonOption = False,
) -> int:
    """Tell whether there are packages of these names.

    The exit code is 3 when one of the names is nobody's. Mostly that is known without looking for it.
    """
    from kodit.interfaces.cli.rendering.nix_packages import show_name

    async def asked(engine: "Kodit") -> "list[NameAnswer]":
        return [await engine.nix().lookup.has(name, channels=channel or ()) for name in names]

    invocation = invocation_of(context)
    answers = invocation.asking(asked, create=False)
    if as_json:
        from kodit.application.serving.package_documents import name_document

        document([name_document(answer) for answer in answers])
    else:
        for answer in answers:
            show_name(answer)
    return ExitCode.OK if all(answer.exists for answer in answers) else ExitCode.NOT_FOUND
