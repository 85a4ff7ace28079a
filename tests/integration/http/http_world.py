"""A small shop, indexed, and ways to ask about it over HTTP."""

import asyncio
import json
import shutil
from contextlib import asynccontextmanager

import httpx

import kodit
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.domain.access.caller import LOCAL
from kodit.interfaces.http.app import PREFIX, api
from kodit.serving.listening import listening_socket
from kodit.serving.web_server import WebServer

SHOP = "acme/shop"
SHOP_IN_PATH = "acme%2Fshop"
GONE = "gone"
CODE = {
    "shop/prices.py": (
        "import os\n\n\ndef price_of(item):\n    '''What an item costs.'''\n    return item.cents / 100\n"
    ),
    "shop/basket.py": (
        "from shop.prices import price_of\n\n\nclass Basket:\n    '''What somebody wants to buy.'''\n\n"
        "    def total(self, items):\n        return sum(price_of(item) for item in items)\n"
    ),
    "shop/files/prices.py": "def price_of_file(file):\n    return 0\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1.0"\n',
    "Grüße.md": "# Prices\n\nWhat things cost.\n",
}


async def indexed(home):
    """The shop, and a source whose directory has gone, so that there is a dead letter."""
    for path, text in CODE.items():
        place = home / "code" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (home / "gone").mkdir()
    (home / "gone" / "a.py").write_text("def lost():\n    return 1\n")
    async with kodit.open(home / "data", workers=1) as engine:
        await engine.index(str(home / "code"), name=SHOP)
        source = (await engine.index(str(home / "gone"), name=GONE)).source
        shutil.rmtree(home / "gone")
        await engine.indexing.queue_index_tasks(source.id, is_user_initiated=True)
        await engine.worker().run(drain=True)


def answering(engine, caller=LOCAL):
    """The API over an engine, for one caller."""
    return api(lambda scope: ServingApplicationService(engine, caller))


def client_of(app, **settings):
    transport = httpx.ASGITransport(app, **settings)
    return httpx.AsyncClient(transport=transport, base_url=f"http://test{PREFIX}/")


@asynccontextmanager
async def on_loopback(app):
    """The URL of the API at a real socket."""
    listening = asyncio.Event()
    server = WebServer(app, ready=listening.set, drain_seconds=5)
    with listening_socket("127.0.0.1", 0) as bound:
        serving = asyncio.create_task(server.listen(bound))
        try:
            await listening.wait()
            yield f"http://127.0.0.1:{bound.getsockname()[1]}{PREFIX}/"
        finally:
            server.drain()
            await serving


async def events_of(response):
    """The events of a stream, as they come: name, id and what is said."""
    event = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if line == "" and "event" in event:
            yield event["event"], event["id"], json.loads(event["data"])
        event = {} if line == "" else {**event, name: value}
