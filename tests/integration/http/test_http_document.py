"""The OpenAPI document tells everything, and the page shows it without any other host."""

import base64
import hashlib
import re

import httpx
import pytest

from kodit.interfaces.http.app import PREFIX, api
from kodit.interfaces.http.document import TAGS
from kodit.interfaces.http.probes import probes
from kodit.interfaces.http.webhooks import webhooks

ALWAYS = {"401", "403", "406", "422", "429", "500", "503"}


async def no_answer():
    raise AssertionError


@pytest.fixture(scope="module")
def app():
    return api(lambda scope: None, beside=[probes(no_answer, no_answer), webhooks(no_answer)])


@pytest.fixture(scope="module")
def everything(app):
    paths = app.openapi()["paths"]
    return {(method, path): found for path, methods in paths.items() for method, found in methods.items()}


@pytest.fixture(scope="module")
def operations(everything):
    """Those of the API itself."""
    return {(method, path): found for (method, path), found in everything.items() if path.startswith(PREFIX)}


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_tag(everything):
    ids = [one["operationId"] for one in everything.values()]
    assert len(set(ids)) == len(ids)
    assert {where for where, one in everything.items() if not one.get("summary")} == set()
    assert {where for where, one in everything.items() if not set(one["tags"]) <= TAGS.keys()} == set()


def test_every_parameter_says_what_it_means(operations):
    silent = {
        (*where, parameter["name"])
        for where, one in operations.items()
        for parameter in one.get("parameters", ())
        if not parameter.get("description")
    }
    assert silent == set()


def test_every_body_has_an_example(app, operations):
    schemas = app.openapi()["components"]["schemas"]
    for where, one in operations.items():
        if body := one.get("requestBody"):
            name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert schemas[name]["examples"], where
            assert schemas[name]["additionalProperties"] is False, where


def test_every_refusal_is_a_problem_and_every_answer_has_a_schema(operations):
    for where, one in operations.items():
        told = one["responses"]
        assert told.keys() >= ALWAYS, where
        for status, response in told.items():
            if int(status) >= 400:
                assert [*response["content"]] == ["application/problem+json"], where
            elif status not in ("204", "304"):
                [content] = response["content"].values()
                assert content["schema"], where


def test_every_noun_that_is_told_is_explained(app):
    document = app.openapi()
    schemas = document["components"]["schemas"]
    referred = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert referred <= schemas.keys()
    assert {name for name in referred if not schemas[name].get("description")} == set()


def test_a_key_is_asked_for_everywhere(app):
    document = app.openapi()
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


async def test_the_page_shows_every_operation_and_loads_nothing(app, everything):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/docs")
    assert answer.status_code == 200
    assert all(f'id="{one["operationId"]}"' in answer.text for one in everything.values())
    assert not re.search(r"<script|<link|<img|@import|url\(", answer.text)
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
