"""Writes docs/reference/ from the code; with --check, says instead what in the documents is not so (any more).

Checked: the reference is what would be written; links lead somewhere; every `kodit ...` parses; every KODIT_ variable
is a setting; every `make ...` is a target; prose has one sentence per line.
"""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from kodit.interfaces.cli.app import app
from kodit.interfaces.cli.arguments import hoisted
from kodit.settings import Settings
from reference import pages, walk

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
TREE: Any = typer.main.get_command(app)

# Command lines are parsed and nothing is done: --install-completion would write to the user's home.
for _, below in walk(TREE, ()):
    for parameter in below.params:
        parameter.callback = None

# typer does not export the error for a wrong command line itself.
USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]

OTHER_VARIABLES = {"KODIT_CONFIG", "KODIT_TEST_REQUIRE"}
PROGRAMS_WITHOUT_ARGUMENTS_CHECKED = re.compile(r"^[A-Z_]+=\S* ")

Problem = tuple[Path, int, str]


def main() -> int:
    """Write the reference, or check all documents."""
    written = {REFERENCE / name: text for name, text in pages(TREE).items()}
    if "--check" not in sys.argv[1:]:
        REFERENCE.mkdir(parents=True, exist_ok=True)
        for path, text in written.items():
            path.write_text(text)
        return 0
    stale = [path for path, text in written.items() if not path.is_file() or path.read_text() != text]
    stale += sorted(set(REFERENCE.glob("*.md")) - written.keys())
    problems: list[Problem] = [(path, 1, "is stale: run scripts/docs.py") for path in stale]
    for document in _documents():
        problems += problems_of(document)
    for path, line, problem in problems:
        print(f"{path.relative_to(ROOT)}:{line}: {problem}")
    return bool(problems)


def _documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def problems_of(document: Path) -> Iterator[Problem]:
    """Each rule sees each line with the language of the code block that it stands in, None outside of them."""
    block: str | None = None
    for number, line in enumerate(document.read_text().splitlines(), start=1):
        if fence := re.match(r"\s*```(\w*)", line):
            block = None if block is not None else fence[1]
            continue
        for rule in (_links, _commands, _variables, _targets, _sentences):
            for problem in rule(document, line, block):
                yield document, number, problem


def _links(document: Path, line: str, block: str | None) -> Iterator[str]:
    if block is not None:
        return
    for target in re.findall(r"\]\(([^)\s]+)\)", line):
        place, _, heading = target.partition("#")
        if "://" in target:
            continue
        path = document.parent / place if place else document
        if not path.exists():
            yield f"there is no {target}"
        elif heading and heading not in _anchors(path):
            yield f"{place or 'this page'} has no heading {heading}"


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _commands(document: Path, line: str, block: str | None) -> Iterator[str]:
    if document.parent == REFERENCE:
        return
    if block in ("sh", "console"):
        typed = PROGRAMS_WITHOUT_ARGUMENTS_CHECKED.sub("", line.strip().removeprefix("$ ").removesuffix(" &"))
        if typed.startswith("kodit ") and (problem := _misuse(shlex.split(typed, comments=True)[1:], whole=True)):
            yield f"`{typed}`: {problem}"
    elif block is None:
        for typed in re.findall(r"`kodit ([^`]+)`", line):
            if problem := _misuse(shlex.split(typed), whole=False):
                yield f"`kodit {typed}`: {problem}"


def _misuse(arguments: list[str], *, whole: bool) -> str | None:
    """What is wrong with a command line; one that only mentions a command need not be `whole`."""
    command, context = TREE, None
    arguments = hoisted(arguments).arguments
    try:
        while True:
            context = command.make_context(command.name, arguments, parent=context)
            if not hasattr(command, "commands"):
                return None
            arguments = [*getattr(context, "_protected_args", ()), *context.args]
            if not arguments:
                return None
            _, command, arguments = command.resolve_command(context, arguments)
    except typer.Exit:
        return None
    except typer.BadParameter as error:
        # Missing, or a placeholder such as TASK where a number belongs.
        return error.format_message() if whole else None
    except USAGE_ERROR as error:
        return str(error) or None


def _variables(document: Path, line: str, block: str | None) -> Iterator[str]:
    known = {f"KODIT_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    yield from (f"{name} is not a setting" for name in re.findall(r"\bKODIT_[A-Z_]+\b", line) if name not in known)


def _targets(document: Path, line: str, block: str | None) -> Iterator[str]:
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    mentioned = re.findall(r"`make ([a-z]+)`", line) if block is None else re.findall(r"^make ([a-z]+)", line)
    yield from (f"make has no target {target}" for target in mentioned if target not in known)


def _sentences(document: Path, line: str, block: str | None) -> Iterator[str]:
    is_prose = block is None and not line.startswith(("|", "#", "<!--")) and document.parent != REFERENCE
    text = re.sub(r"^\s*\d+\. ", "", line)
    if is_prose and re.search(r"[.!?][\"')]* +[A-Z`\"]", text):
        yield "one sentence per line"


if __name__ == "__main__":
    sys.exit(main())
