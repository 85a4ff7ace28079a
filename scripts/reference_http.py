"""The page of docs/reference/ about the HTTP API, made from its OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

from kodit.interfaces.http.app import api
from kodit.interfaces.http.document import DESCRIPTION, TAGS
from kodit.interfaces.http.probes import probes
from kodit.interfaces.http.reference import groups, words_of
from kodit.interfaces.http.webhooks import webhooks
from reference_page import page, table

_ABOUT = """
See [how to use it](../how-to/use-the-http-api.md).
A server tells the same at `/docs`, and for programs at `/openapi.json`.

"""
_ERRORS = """
What goes wrong is told as a problem of RFC 9457: `type` is `urn:kodit:error:` and the name of an [error](errors.md),
or `about:blank` where its status says everything; `detail` is one line, `remedy` says what can be done.
Any request may be answered by 401, 403, 406, 422, 429, 500 and 503; one with a body also by 400, 413 and 415.
"""


def http_page() -> str:
    """Every operation with its parameters and answers."""
    document = api(_nobody, beside=[probes(_nothing, _nothing), webhooks(_nothing)]).openapi()
    parts = [_ABOUT + DESCRIPTION.strip(), f"## Errors\n\n{_ERRORS.strip()}"]
    for tag, operations in groups(document).items():
        parts += [f"## {tag.capitalize()}\n\n{TAGS[tag]}", *map(_operation, operations)]
    nouns = document["components"]["schemas"]
    rows = [(f"`{name}`", _fields(nouns[name]), _line(nouns[name].get("description", ""))) for name in sorted(nouns)]
    return page("The HTTP API", *parts, f"## Nouns\n\n{table(('name', 'fields or values', 'meaning'), rows)}")


def _operation(operation: Mapping[str, Any]) -> str:
    heading = f"### `{operation['method']} {operation['path']}`"
    said = [f"{operation['summary']}.", *operation.get("description", "").splitlines()]
    parts = [heading, "\n".join(said), *_body(operation), f"Answers: {', '.join(_answers(operation))}."]
    if rows := [_parameter(one) for one in operation.get("parameters", ())]:
        parts.append(table(("parameter", "value", "meaning"), rows))
    return "\n\n".join(parts)


def _body(operation: Mapping[str, Any]) -> Iterator[str]:
    if body := operation.get("requestBody"):
        kinds = dict.fromkeys(words_of(content["schema"]) for content in body["content"].values())
        yield f"Body: `{' or '.join(kinds)}`{', required' if body.get('required') else ''}."


def _answers(operation: Mapping[str, Any]) -> Iterator[str]:
    for status, told in operation["responses"].items():
        contents = [*told.get("content", {}).values()]
        if int(status) >= 400:
            continue
        yield f"{status} with `{words_of(contents[0]['schema'])}`" if contents else status


def _parameter(parameter: Mapping[str, Any]) -> tuple[str, str, str]:
    name = f"`{parameter['name']}`{', required' if parameter['required'] else ''}"
    return name, words_of(parameter["schema"]), _line(parameter.get("description", ""))


def _fields(schema: Mapping[str, Any]) -> str:
    return ", ".join(f"`{one}`" for one in schema.get("enum") or schema.get("properties", ()))


def _line(text: str) -> str:
    return " ".join(text.split()).replace("*", "\\*")


async def _nothing() -> Any:
    """Stands for what is not asked while the document is made."""


def _nobody(_scope: Any) -> Any:
    """Stands for a service that is not asked."""
