"""Draws docs/images/*.png: the web page over this repository, as a browser shows it.

Needs git and Chromium, and some minutes: `.venv/bin/python scripts/screenshots.py`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import starlette
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
FORGE = "https://git.example.org/"
"""Where the repositories seem to come from: git is told to look for it in a directory."""
PATIENCE = 240_000
"""Milliseconds."""
WIDE = (1200, 820)
SMALL = (360, 720)

FILE = "/sources/kodit/files/src/kodit/domain/tasks/claim.py"
SHOTS = (
    ("search-light", "/?q=who+holds+the+lease+of+a+task&source=kodit&path=src/**", WIDE, "light"),
    ("file-dark", FILE, (1120, 660), "dark"),
    ("sources-light", "/sources", (1200, 560), "light"),
    ("search-small", "/?q=who+holds+the+lease+of+a+task&source=kodit&path=src/**", SMALL, "light"),
    ("queue-small", "/queue", SMALL, "dark"),
)


def git(*arguments: object, cwd: Path) -> None:
    """Run git as somebody."""
    who = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    subprocess.run(["git", *who, *map(str, arguments)], cwd=cwd, check=True)


def repositories(forge: Path) -> None:
    """This repository as it stands in the working tree's last commit, a small one, and one without any commit."""
    git("clone", "--quiet", "--bare", ROOT, forge / "kodit.git", cwd=forge)
    library = Path(starlette.__file__).parent
    shutil.copytree(library, forge / "starlette", ignore=shutil.ignore_patterns("__pycache__"))
    for command in ("init --quiet --initial-branch=main", "add .", "commit --quiet --message=first"):
        git(*command.split(), cwd=forge / "starlette")
    git("clone", "--quiet", "--bare", forge / "starlette", forge / "starlette.git", cwd=forge)
    git("init", "--quiet", "--bare", forge / "newcomer.git", cwd=forge)


@contextmanager
def served(home: Path, forge: Path) -> Iterator[str]:
    """The address of a server with a data directory of its own."""
    ours = {
        "KODIT_DATA_DIR": str(home),
        "GIT_CONFIG_GLOBAL": str(forge / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "KODIT_CONFIG": str(home / "none.toml"),
    }
    (forge / "gitconfig").write_text(
        f'[url "file://{forge}/"]\n\tinsteadOf = {FORGE}\n[protocol "file"]\n\tallow = always\n'
    )
    command = [sys.executable, "-m", "kodit", "serve", "--port", "0"]
    server = subprocess.Popen(command, env=os.environ | ours, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    found = re.search(r"http://\S+", server.stdout.readline())
    assert found
    try:
        yield found.group().rstrip("/")
    finally:
        server.terminate()
        server.wait()


def add(page: Page, site: str, repository: str, **fields: str) -> None:
    """Add a source as a person does."""
    page.goto(f"{site}/sources")
    page.get_by_label("Repository").fill(FORGE + repository)
    for name, text in fields.items():
        page.get_by_label(name.capitalize()).fill(text)
    page.get_by_role("button", name="Add").click()


def shoot(browser: Browser, site: str, shot: tuple[str, str, tuple[int, int], str]) -> None:
    """One picture."""
    name, address, (width, height), scheme = shot
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    answer = page.goto(site + address)
    assert answer is not None
    assert answer.ok, address
    if address == FILE:
        # As somebody reads: a function is pointed at, and a name in it is asked about.
        page.locator("a[data-lines]", has_text="rooms").click()
        page.locator("tr.lit span.n").get_by_text("Control", exact=True).first.click()
        page.locator("#meaning h1").wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


def main() -> None:
    """Index, wait and draw."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as root, sync_playwright() as playwright:
        forge, home = Path(root, "forge"), Path(root, "home")
        forge.mkdir()
        repositories(forge)
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        with served(home, forge) as site:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            add(page, site, "newcomer.git", branch="main")
            add(page, site, "starlette.git", name="starlette")
            page.locator("tr", has_text="starlette").locator(".state.indexed").wait_for()
            add(page, site, "kodit.git", name="kodit")
            page.goto(f"{site}/queue")
            page.get_by_text("extract snippets").wait_for()
            shoot(browser, site, ("queue-dark", "/queue", WIDE, "dark"))
            page.goto(f"{site}/sources")
            page.locator("tr", has_text="kodit.git").locator(".state.indexed").wait_for()
            for shot in SHOTS:
                shoot(browser, site, shot)
        browser.close()


if __name__ == "__main__":
    main()
