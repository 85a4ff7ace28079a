"""`kodit db`."""

from typing import Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.groups import group_of, what_there_is
from kodit.interfaces.cli.rendering.streams import document, notice, say
from kodit.interfaces.cli.running import invocation_of, run

EXAMPLES = examples("kodit db check", "kodit db check --repair", "kodit db upgrade")

group = group_of("db", "The database: upgrade, check.", epilog=EXAMPLES)
group.callback()(what_there_is)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)


@group.command(epilog=examples("kodit db upgrade"))
def upgrade(context: typer.Context, as_json: JsonOption = False) -> None:
    """Bring the database to this kodit's schema. Every other command does so by itself."""
    from kodit.bootstrap import upgrade_database

    invocation = invocation_of(context)
    before, after = run(upgrade_database(invocation.settings_here()))
    if as_json:
        document({"before": before, "after": after})
    elif before == after:
        say(f"the database is at schema {after} already")
    else:
        say(f"the database was at schema {before or 'none'} and is now at {after}")


@group.command(epilog=examples("kodit db check", "kodit db check --repair"))
def check(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Empty the indexes that disagree, so that the next run fills them.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Check that the database is sound and its indexes agree.

    Those are the keyword and vector indexes, which are made from it. The exit code is 1 when something is wrong.
    """
    invocation = invocation_of(context)
    found = invocation.with_engine(lambda engine: engine.check(repair=repair))
    if as_json:
        document({"sound": not found, "problems": found})
    elif not found:
        say("the database is sound, and every index agrees with it")
    else:
        for problem in found:
            say(f"{problem.source or '-'}: {problem.what}{' (repaired)' if problem.repaired else ''}")
    if found and not repair:
        notice("remedy: kodit db check --repair")
    for remedy in sorted({problem.remedy for problem in found if problem.repaired and problem.remedy}):
        notice(f"now fill the index again: {remedy}")
    return ExitCode.WORK_FAILED if any(not problem.repaired for problem in found) else ExitCode.OK
