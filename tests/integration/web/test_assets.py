"""The page's own files."""

import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from kodit.interfaces.web.assets import asset, asset_address, assets

SCRIPT = 15_000
"""Bytes that the script may have: it is read before anything can be typed."""


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/static/{name}", asset)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kodit.test")


@pytest.mark.parametrize("name", ["kodit.css", "kodit.js", "icon.svg"])
async def test_a_file_of_this_version_is_kept_for_ever_and_another_asked_for_again(
    client: httpx.AsyncClient, name: str
) -> None:
    known = await client.get(asset_address(name))
    assert "immutable" in known.headers["cache-control"]
    other = await client.get(f"/static/{name}?v=0")
    assert other.headers["cache-control"] == "no-cache"
    again = await client.get(f"/static/{name}", headers={"If-None-Match": other.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fapp.py", "%2e%2e", "app.py"])
async def test_nothing_else_is_sent(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status_code == 404


def test_the_script_is_small() -> None:
    assert len(assets()["kodit.js"].content) < SCRIPT


@pytest.mark.parametrize("name", ["kodit.css", "kodit.js"])
def test_no_file_names_another_host(name: str) -> None:
    assert re.findall(rb"https?://|@import|url\(", assets()[name].content) == []
