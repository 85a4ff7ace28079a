"""A real browser at a real server over the journeys' world, which are started once for each file of journeys."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from command_line import CommandLine
from journey_world import World
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

PATIENCE = 60_000
"""Milliseconds that something may take which takes a few on a machine at rest."""


@dataclass
class Site:
    """The page as the server serves it, and what the browser had to say of it."""

    url: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str = "/", *, width: int = 1200, **options: object) -> Page:
        """A page in a browser of its own."""
        context = self.browser.new_context(viewport={"width": width, "height": 800}, **options)
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._looked_at)
        page.goto(self.url + path)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # A page that is not there is asked for on purpose.
        if message.type in ("error", "warning") and not message.location["url"].endswith("/nowhere"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _looked_at(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.complaints.append(f"asked a foreign host: {request.url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one file: while Playwright is at work, no other test of this process can run an event loop."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        # Root may not use the sandbox, and CI is root.
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def server(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`kodit serve` over a copy of the world, which the journeys of one file share."""
    root = tmp_path_factory.mktemp("web")
    shutil.copytree(world.kodit.data_dir, root / "data")
    kodit = CommandLine(root / "data")
    process = kodit.start("serve", "--port", "0")
    yield _address(process)
    process.terminate()
    process.communicate(timeout=60)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found, process.communicate()
    return found.group().rstrip("/")


@pytest.fixture
def site(request: pytest.FixtureRequest, require: Callable[[str], None]) -> Iterator[Site]:
    """The page; whatever the browser complains of fails the journey."""
    require("chromium")
    opened = Site(request.getfixturevalue("server"), request.getfixturevalue("browser"))
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.complaints == []
