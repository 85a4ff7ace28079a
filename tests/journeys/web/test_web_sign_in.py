"""A person signs in at a server that takes a key of everybody."""

import re
import shutil

import pytest
from command_line import CommandLine
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def keyed(world, tmp_path_factory):
    """A copy of the world whose server takes a key, also on its own machine."""
    root = tmp_path_factory.mktemp("keyed")
    shutil.copytree(world.kodit.data_dir, root / "data")
    return CommandLine(root / "data", {"KODIT_REQUIRE_KEYS": "always"})


@pytest.fixture(scope="module")
def keys(keyed):
    """A key that reads, and one that reads and may do everything."""
    made = {
        "reader": ("create", "reader", "--scope", "read"),
        "owner": ("create", "owner", "--scope", "read", "--scope", "write", "--scope", "admin"),
    }
    return {name: keyed.json("keys", *arguments)["secret"] for name, arguments in made.items()}


@pytest.fixture(scope="module")
def server(keyed, keys):
    """In place of the server that takes no keys."""
    process = keyed.start("serve", "--port", "0", "--workers", "0", "--no-scheduler", "--no-watch")
    yield re.search(r"http://\S+", process.stdout.readline()).group()
    process.terminate()
    process.communicate(timeout=60)


def sign_in(page, key):
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Sign in").click()


def test_somebody_is_asked_for_a_key_and_led_where_they_wanted_to_go(site, keys):
    page = site.open("/sources?x=1")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_label("Key", exact=True)).to_be_focused()
    sign_in(page, keys["reader"])
    expect(page).to_have_url(f"{site.url}/sources?x=1")
    expect(page.get_by_role("row", name=re.compile("^shop"))).to_be_visible()
    page.get_by_role("searchbox").first.press_sequentially("parse price")
    page.keyboard.press("Enter")
    expect(page.locator("article").first).to_contain_text("parse_price")


def test_who_may_only_read_sees_no_button_that_changes_anything(site, keys):
    page = site.open("/sources/shop")
    sign_in(page, keys["reader"])
    expect(page.get_by_role("heading", name="shop", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sync")).to_have_count(0)
    expect(page.get_by_text("Remove this source")).to_have_count(0)


def test_who_may_do_everything_does_it(site, keys):
    page = site.open("/sources/shop")
    sign_in(page, keys["owner"])
    page.get_by_label("How often").select_option("Every 2 hours")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_text("From now on it is synchronised at that interval.")).to_be_visible()
    expect(page.get_by_label("How often")).to_have_value("2h")
    expect(page.locator("dd", has_text="every 2 hours")).to_be_visible()


def test_a_wrong_key_opens_nothing_and_says_so(site):
    page = site.open("/queue")
    sign_in(page, "kodit_wrong")
    expect(page.get_by_role("alert")).to_contain_text("This key opens nothing here")
    expect(page).to_have_url(re.compile("/login"))


def test_who_signs_out_is_asked_again(site, keys):
    page = site.open("/")
    sign_in(page, keys["reader"])
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site.url}/sources")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_in_needs_no_script(site, keys):
    page = site.open("/sources", java_script_enabled=False)
    sign_in(page, keys["reader"])
    expect(page.get_by_role("row", name=re.compile("^shop"))).to_be_visible()
