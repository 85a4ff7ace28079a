"""Two small sources as assistants find them, and how an assistant asks."""

import shutil

from mcp import Client

import kodit
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.domain.access.caller import LOCAL
from kodit.infrastructure import clock
from kodit.interfaces.mcp.server import nothing_to_do, server

SHOP = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "2.0"\ndescription = "Sells things."\n',
    "shop/prices.py": '''"""Prices."""


class Price:
    """An amount in cents."""

    def __init__(self, cents: int) -> None:
        self.cents = cents

    def doubled(self) -> "Price":
        return Price(self.cents * 2)


def parse_price(text: str) -> Price:
    """Read a price such as `12`."""
    return Price(int(text))
''',
    "shop/orders.py": """from shop.prices import parse_price


class OrderBook:
    def place(self, text: str) -> None:
        self.last = parse_price(text)
""",
    "generated.txt": "".join(f"line {number} of many\n" for number in range(3_000)),
}
OTHER = {"retry.go": "package retry\n\n// WithBackoff waits longer each time.\nfunc WithBackoff() {}\n"}


def written(root, files):
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return root


async def indexed(home):
    """A data directory with both sources."""
    async with kodit.open(home / "data", workers=1) as engine:
        await engine.index(str(written(home / "shop", SHOP)), name="shop")
        await engine.index(str(written(home / "other", OTHER)), name="other")
    return home


def copied(home, to):
    shutil.copytree(home / "data", to / "data")
    return to / "data"


def asked_by(engine, caller=LOCAL, work=nothing_to_do):
    """An assistant that asks in the caller's name."""
    service = ServingApplicationService(engine, caller)
    return Assistant(server(lambda _: service, now=clock.now, work=work))


class Assistant:
    """Calls tools, and reads what is said; each time it is another client, in this process."""

    def __init__(self, asked):
        self._asked = asked

    async def tools(self):
        """What is offered."""
        async with Client(self._asked) as client:
            return (await client.list_tools()).tools

    async def call(self, tool, arguments):
        """What is answered."""
        async with Client(self._asked) as client:
            return await client.call_tool(tool, arguments)

    async def ask(self, tool, **arguments):
        """What is said, where all goes well."""
        answer = await self.call(tool, arguments)
        assert not answer.is_error, answer.content[0].text
        return answer.content[0].text

    async def structured(self, tool, **arguments):
        """The same for programs."""
        return (await self.call(tool, arguments)).structured_content

    async def refused(self, tool, **arguments):
        """What is said where it does not."""
        answer = await self.call(tool, arguments)
        assert answer.is_error, answer.content[0].text
        return answer.content[0].text
