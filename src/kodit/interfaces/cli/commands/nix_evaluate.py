"""`kodit nix evaluate`."""

import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import examples
from kodit.interfaces.cli.commands import nix
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.running import invocation_of, run
from kodit.interfaces.cli.walking import (
    AttributesOption,
    DepthOption,
    RecurseOption,
    ScopesOption,
    SystemOption,
    walk_of,
)

if TYPE_CHECKING:
    from kodit.domain.nixpkgs.ports import PackageEvaluator
    from kodit.domain.nixpkgs.walk import Walk
    from kodit.interfaces.cli.rendering.evaluated import Telling

EXAMPLES = examples(
    "kodit nix evaluate ~/src/nixpkgs",
    "kodit nix evaluate ~/src/nixpkgs -A hello -A python3Packages.numpy --json",
    "kodit nix evaluate ~/src/nixpkgs --recurse-all --depth 3",
    "kodit nix evaluate ~/src/nixpkgs --scope 'haskell.packages.ghc*'",
)


def register(_app: typer.Typer) -> None:
    """Add the command."""
    nix.group.command(name="evaluate", epilog=EXAMPLES)(evaluate)


def evaluate(  # noqa: PLR0913, PLR0917 - each is an option of the command
    context: typer.Context,
    tree: Annotated[str, typer.Argument(metavar="TREE", help="A directory with a default.nix, or a file of nix.")],
    attributes: AttributesOption = None,
    depth: DepthOption = None,
    recurse: RecurseOption = None,
    scopes: ScopesOption = None,
    system: SystemOption = "x86_64-linux",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document a line.")] = False,
) -> int:
    """Show the packages of a nixpkgs tree, as nix evaluates them. Nothing is stored, and nothing built.

    Each package is a line as soon as it is known. What cannot be evaluated is told on stderr and costs only itself;
    with --json it is a line among the others that has an `error`. When attributes were named and one of them cannot be
    evaluated, the exit code is 1.
    """
    from kodit.choices import chosen_package_evaluator
    from kodit.interfaces.cli.rendering.evaluated import Telling

    invocation = invocation_of(context)
    walk = walk_of(depth=depth, recurse=recurse, scopes=scopes, attributes=attributes, system=system)
    evaluator = chosen_package_evaluator(invocation.settings())
    telling = Telling(as_json=as_json)
    run(_told(evaluator, tree, walk, telling))
    return ExitCode.WORK_FAILED if attributes and telling.failures else ExitCode.OK


async def _told(evaluator: "PackageEvaluator", tree: str, walk: "Walk", telling: "Telling") -> None:
    started = time.monotonic()
    async with aclosing(evaluator.evaluate(tree, walk)) as evaluated:
        async for one in evaluated:
            telling.tell(one)
    telling.sum_up(time.monotonic() - started)
