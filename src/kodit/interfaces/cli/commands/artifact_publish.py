"""`kodit artifact publish` and `kodit artifact fetch`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.commands import artifact
from kodit.interfaces.cli.rendering.streams import document, say
from kodit.interfaces.cli.running import invocation_of, run

if TYPE_CHECKING:
    from kodit.domain.artifacts.object_store import StoredObject
    from kodit.domain.artifacts.publication import Publication
    from kodit.settings import Settings


def register(_app: typer.Typer) -> None:
    """Add the commands."""


@artifact.group.command(
    epilog=examples(
        "kodit artifact publish fdnix-data.duckdb fdnix.duckdb --to s3://my-bucket/snapshots",
        "kodit artifact publish fdnix.duckdb --to /srv/artifacts --release 2026-01-31 --no-latest",
    )
)
def publish(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Artifacts that belong together.")],
    store: Annotated[str, typer.Option("--to", metavar="PLACE", help="s3://BUCKET/PREFIX, or a folder.")],
    release: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call them.", show_default="what the first says")
    ] = None,
    latest: Annotated[
        bool, typer.Option("--latest/--no-latest", help="Have the pointer latest.json lead to them.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Store artifacts where others fetch them.

    Each stays below the name of its release. The pointer is moved when all of them lie there, so that nobody sees
    some new and some old.
    """
    invocation = invocation_of(context)
    published = run(_published(invocation.settings(), files, (store, release), latest=latest))
    if as_json:
        document({"release": published.release, "latest": latest, "files": list(published.files)})
        return
    for file in published.files:
        say(f"{store.rstrip('/')}/{file.snapshot}  {file.size:,} bytes  sha256 {file.sha256}")


@artifact.group.command(
    epilog=examples(
        "kodit artifact fetch s3://my-bucket/snapshots fdnix.duckdb",
        "kodit artifact fetch /srv/artifacts fdnix.duckdb --to ./nixpkgs.duckdb",
    )
)
def fetch(
    store: Annotated[str, typer.Argument(metavar="PLACE", help="s3://BUCKET/PREFIX, or a folder.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="What it was published as.")],
    target: Annotated[str | None, typer.Option("--to", metavar="FILE", help="Where it shall lie.")] = None,
    latest: Annotated[
        bool, typer.Option("--latest/--exactly", help="Follow the pointer latest.json, or take what lies there.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Bring a published artifact to this machine.

    It comes whole and compared with its checksum, or what is there stays.
    """
    path = target or key.rpartition("/")[2]
    fetched, release = run(_fetched(store, key, path, latest=latest))
    if as_json:
        document({"path": path, "release": release, "size": fetched.size, "sha256": fetched.sha256})
    else:
        say(f"{path}: {fetched.size:,} bytes{f' of {release}' if release else ''}")


async def _published(
    settings: "Settings", files: list[str], place: tuple[str, str | None], *, latest: bool
) -> "Publication":
    """`place` is the store, and the name of the release where one was given."""
    from kodit.application.artifacts.publish import release_of, with_contents
    from kodit.artifact_choices import artifact_files, opened_store, publishing_to
    from kodit.domain.artifacts.publication import FileToPublish
    from kodit.infrastructure.duckdb.artifact_reader import opened_artifact

    store, release = place
    publishing = publishing_to(opened_store(store))
    if release is None:
        release = release_of((await artifact_files(settings).info(files[0])).manifest)
    wanted = [await with_contents(FileToPublish(file, Path(file).name), opened_artifact) for file in files]
    return await publishing.publish(wanted, release, latest=latest)


async def _fetched(store: str, key: str, path: str, *, latest: bool) -> "tuple[StoredObject, str | None]":
    from kodit.artifact_choices import opened_store, publishing_to

    publishing = publishing_to(opened_store(store))
    if not latest:
        return await publishing.fetch(key, path), None
    publication, stored = await publishing.fetch_latest(key, path)
    return stored, publication.release
