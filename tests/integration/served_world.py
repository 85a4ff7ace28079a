"""A server in this process, at a port of its own, over a small index."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import kodit
from kodit.application.engine import Kodit
from kodit.bootstrap import open_kodit
from kodit.serving.listening import listening_socket
from kodit.serving.program import Server
from kodit.settings import load

CODE: Mapping[str, str] = {
    "shop/prices.py": "def price_of(item):\n    '''What an item costs.'''\n    return item.cents / 100\n",
    "shop/basket.py": (
        "from shop.prices import price_of\n\n\nclass Basket:\n    '''What somebody wants to buy.'''\n\n"
        "    def total(self, items):\n        return sum(price_of(item) for item in items)\n"
    ),
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1.0"\n',
    "README.md": "# Shop\n\nSells things.\n",
}


def write(root: Path) -> Path:
    for name, text in CODE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def indexed(data_dir: Path, code: Path) -> None:
    """Index the code into a data directory."""

    async def index() -> None:
        async with kodit.open(data_dir, workers=1) as k:
            await k.index(str(write(code)))

    asyncio.run(index())


@asynccontextmanager
async def serving(data_dir: Path, **settings: Any) -> AsyncIterator[tuple[str, Kodit]]:
    """The URL of a server, and the engine that it has; it drains when the block is left."""
    chosen = load(data_dir=data_dir, workers=1, port=0, **settings)
    asked_to_stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    with listening_socket(chosen.host, chosen.port) as bound:
        async with await open_kodit(settings=chosen) as engine:
            server = asyncio.create_task(Server(engine, chosen).run(bound, asked_to_stop, ready.set_result))
            try:
                done, _ = await asyncio.wait({server, ready}, return_when=asyncio.FIRST_COMPLETED)
                if server in done:
                    await server
                yield ready.result().url, engine
            finally:
                asked_to_stop.set()
                await server
