"""The page `/docs`: what the OpenAPI document tells, for people. It needs no script and asks no other host."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote_plus

import jinja2
from fastapi import APIRouter
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from kodit.interfaces.http.answers import CHECKED
from kodit.interfaces.http.document import TAGS

TEMPLATES = files("kodit.interfaces.http")


def reference(document: Callable[[], Mapping[str, Any]]) -> APIRouter:
    """The route; `document` is the OpenAPI document."""
    router = APIRouter(include_in_schema=False)

    async def docs() -> Response:
        return HTMLResponse(page(), headers={"Cache-Control": CHECKED, "Content-Security-Policy": policy()})

    @cache
    def page() -> str:
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
        environment.filters |= {"words": words_of, "marked": marked}
        template = environment.from_string((TEMPLATES / "reference.html").read_text(encoding="utf-8"))
        made = document()
        return template.render(document=made, groups=groups(made), style=style())

    router.get("/docs")(docs)
    return router


def groups(document: Mapping[str, Any]) -> Mapping[str, list[Mapping[str, Any]]]:
    """The operations, by what they are about, in the order of `TAGS`."""
    found: dict[str, list[Mapping[str, Any]]] = {tag: [] for tag in TAGS}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            shown = {
                **operation,
                "path": path,
                "method": method.upper(),
                "curl": curl(path, method, operation, document),
            }
            # What is put under a narrower word besides stands there alone.
            found.setdefault(operation["tags"][-1], []).append(shown)
    return {tag: some for tag, some in found.items() if some}


def curl(path: str, method: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """How to ask by hand."""
    words = ["curl"]
    if method != "get":
        words += ["-X", method.upper()]
    body = operation.get("requestBody")
    if body is not None:
        words += ["-H", "'Content-Type: application/json'", "-d", f"'{json.dumps(_example(body, document))}'"]
    query = "&".join(_needed(operation))
    return " ".join([*words, f"'http://127.0.0.1:8765{path}{'?' if query else ''}{query}'"])


def words_of(schema: Mapping[str, Any]) -> str:
    """A schema in a few words: `text`, `one of hybrid, keyword`, `several of text`, the name of a noun."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(words_of(one) for one in schema["anyOf"] if one.get("type") != "null") or "anything"
    if "allOf" in schema:
        return " with ".join(words_of(one) for one in schema["allOf"])
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    kind = schema.get("type")
    if kind == "array":
        return f"several of {words_of(schema.get('items', {}))}"
    if kind == "object" and "properties" in schema:
        return ", ".join(f"{name}: {words_of(one)}" for name, one in schema["properties"].items())
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
        str(kind), str(kind or "anything")
    )


def marked(text: str) -> Markup:
    """What stands between backticks as code."""
    plain, *rest = (escape(part) for part in text.split("`"))
    parts = [plain, *(Markup("<code>{}</code>").format(part) if at % 2 == 0 else part for at, part in enumerate(rest))]
    return Markup("").join(parts)


def policy() -> str:
    """What the page may load: its own style alone."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def style() -> str:
    """The page's style."""
    return (TEMPLATES / "reference.css").read_text(encoding="utf-8")


def _needed(operation: Mapping[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query" and parameter["required"]:
            examples = parameter["schema"].get("examples") or ["WORDS"]
            yield f"{parameter['name']}={quote_plus(str(examples[0]))}"


def _example(body: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    schema = body["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][words_of(schema)]
    return schema.get("examples", [{}])[0]
