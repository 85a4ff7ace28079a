"""The OpenAPI document, made whole: what FastAPI cannot know is added."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from kodit import __version__
from kodit.interfaces.http.nouns import Nouns
from kodit.interfaces.http.problems import SCHEMA

TITLE = "kodit"
SUMMARY = "Code search and code questions from a durable index."
DESCRIPTION = """
Everything is JSON, with moments in ISO 8601 and spans in seconds.
What goes wrong is told as `application/problem+json` with what can be done about it.
Lists come in pages: give `next` of one as `cursor` for the one after it.
Every GET that gives an `ETag` answers 304 to `If-None-Match` while nothing has changed.
Parameters that are not known are refused, and so are second values where there is room for one.
"""
TAGS: Mapping[str, str] = {
    "searching": "Find code by words, by meaning and by patterns.",
    "code": "What is defined where, who uses it, what it needs.",
    "files": "What the indexed files say.",
    "nixpkgs": "Packages of nixpkgs, and the channels that they are of.",
    "sources": "What is indexed, and how fresh it is.",
    "runs": "One pass of indexing over one source, and how far it is.",
    "queue": "The tasks of all runs: what waits, what failed, what is held back.",
    "keys": "Who may use the server, and what was done through it.",
    "webhooks": "What forges tell of pushes.",
    "server": "The server itself.",
}
_KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of `kodit keys create`. A server that only its own machine can reach asks for none.",
}


def complete(app: FastAPI, nouns: Nouns) -> None:
    """Have the app give the whole document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _made(app, nouns)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _made(app: FastAPI, nouns: Nouns) -> dict[str, Any]:
    made = get_openapi(
        title=TITLE,
        version=__version__,
        summary=SUMMARY,
        description=DESCRIPTION.strip(),
        routes=app.routes,
        tags=[{"name": name, "description": meaning} for name, meaning in TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    for operation in (one for path in made["paths"].values() for one in path.values()):
        _summarise(operation)
    components = made.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **nouns.schemas, "Problem": SCHEMA}
    components["securitySchemes"] = {"key": _KEY}
    made["security"] = [{"key": []}]
    return made


def _summarise(operation: dict[str, Any]) -> None:
    """The first line of what is said of an operation is its summary."""
    summary, _, rest = operation.get("description", "").partition("\n\n")
    if summary:
        operation["summary"] = " ".join(summary.split())
        operation["description"] = rest.strip()
    if not operation.get("description"):
        operation.pop("description", None)
