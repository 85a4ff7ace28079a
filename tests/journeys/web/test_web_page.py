"""The page as somebody uses it."""

import re
from pathlib import Path

from journey_world import LIBRARY, World, git, write
from playwright.sync_api import Page, expect


def question(page: Page):
    return page.get_by_role("searchbox", name="Question")


def test_answers_appear_as_somebody_types_and_the_address_keeps_the_question(site):
    page = site.open()
    question(page).press_sequentially("parse price")
    first = page.locator("article").first
    expect(first.get_by_role("link", name="shop/orders.py")).to_be_visible()
    expect(first.locator("mark", has_text="parse_price")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=parse\+price$"))
    expect(page.get_by_role("status")).to_contain_text("answer")
    page.reload()
    expect(question(page)).to_have_value("parse price")
    expect(page.locator("article").first).to_contain_text("parse_price")


def test_filters_narrow_the_answers_as_they_are_chosen(site):
    page = site.open("/?q=order")
    expect(page.locator("article").first).to_contain_text("shop")
    page.get_by_label("Source").select_option("library")
    expect(page.locator("article .where", has_text="shop")).to_have_count(0)
    page.get_by_label("Language").fill("pyt")
    expect(page.get_by_role("status")).to_contain_text("no language that kodit knows")
    expect(page.locator(".remedy")).to_be_visible()


def test_it_is_said_when_no_word_of_the_question_was_found(site):
    page = site.open("/?q=zzzzqqq")
    expect(page.get_by_text("These are the nearest by meaning.")).to_be_visible()
    page.goto(f"{site.url}/?q=order")
    expect(page.get_by_text("These are the nearest by meaning.")).to_have_count(0)


def test_everything_is_reached_by_the_keyboard(site):
    page = site.open("/queue")
    page.keyboard.press("/")
    page.keyboard.type("basket total")
    page.keyboard.press("Enter")
    expect(page.locator("article").first).to_contain_text("getBasketTotal")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-answer]").nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-answer]").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Escape")
    expect(question(page)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("[data-answer]").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/sources/shop/files/shop/web/basket.js"))


def test_a_file_is_read_pointed_at_and_asked_about(site):
    page = site.open("/sources/shop/files/shop/orders.py?lines=6-10&q=order#L6")
    expect(page.locator("tr.lit")).to_have_count(5)
    expect(page.locator("mark", has_text="Orders").first).to_be_visible()
    page.locator("a[data-no='12']").click()
    page.locator("a[data-no='14']").click(modifiers=["Shift"])
    expect(page.locator("tr.lit")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"lines=12-14.*#L12$"))
    page.locator(".line[data-line='18'] span", has_text="orders").click()
    meaning = page.locator("#meaning")
    expect(meaning.get_by_role("heading", name="OrderBook.orders")).to_be_visible()
    expect(meaning.get_by_role("heading", name=re.compile("References"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    page.get_by_role("complementary").get_by_role("link", name="parse_price", exact=False).first.click()
    expect(page.locator("tr.lit .line").first).to_contain_text("def parse_price")


def test_directories_lead_to_files(site, world: World):
    page = site.open("/sources/library")
    expect(page.get_by_text(world.commit[:12])).to_be_visible()
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("link", name="src/").click()
    page.get_by_role("link", name="retry.go").click()
    expect(page.get_by_role("region", name="Text of src/retry.go")).to_contain_text("WithBackoff calls f")


def test_symbols_and_packages_are_found_by_name(site):
    page = site.open("/symbols")
    page.get_by_role("searchbox", name="Name").press_sequentially("place_or")
    page.get_by_role("link", name="OrderBook.place_order").click()
    expect(page.get_by_role("heading", name="OrderBook.place_order")).to_be_visible()
    expect(page.get_by_text("Store an order; one with the same number is replaced.")).to_be_visible()
    page.get_by_role("link", name="Packages").click()
    expect(page.get_by_role("status")).to_contain_text("package")


def test_what_failed_is_retried_and_its_source_becomes_fresh(site, tmp_path: Path):
    write(tmp_path / "work", LIBRARY)
    for command in ("init --quiet --initial-branch=main", "add .", "commit --quiet --message=first"):
        git(*command.split(), cwd=tmp_path / "work")
    git("init", "--quiet", "--bare", "late.git", cwd=tmp_path)
    page = site.open("/sources")
    page.get_by_label("Repository").fill(f"file://{tmp_path}/late.git")
    page.get_by_label("Branch").fill("main")
    page.get_by_role("button", name="Add").click()
    # Nobody reloads the page: it keeps itself up to date.
    row = page.get_by_role("row", name=re.compile("late.git"))
    expect(row.locator(".state")).to_have_text("failed")
    expect(row).to_contain_text("There is no branch main")
    git("push", "--quiet", "../late.git", "main", cwd=tmp_path / "work")
    page.get_by_role("link", name="Queue").click()
    letter = page.locator(".letters li", has_text="There is no branch main")
    letter.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("The task waits for a worker again.")).to_be_visible()
    expect(letter).to_have_count(0)
    page.get_by_role("link", name="Sources").click()
    expect(row.locator(".state")).to_have_text("indexed")


def test_a_source_is_added_synchronised_and_removed(site, tmp_path: Path):
    write(tmp_path / "plant", {"leaf.py": "def photosynthesis(): ...\n"})
    page = site.open("/sources")
    page.get_by_label("Repository").fill(str(tmp_path / "plant"))
    page.get_by_label("Name").fill("plant")
    page.get_by_role("button", name="Add").click()
    row = page.get_by_role("row", name=re.compile("^plant"))
    expect(row.locator(".state")).to_have_text("indexed")
    row.get_by_role("button", name="Synchronise plant").click()
    expect(page.get_by_text("Its indexing is queued.")).to_be_visible()
    expect(row.locator(".state")).to_have_text("indexed")
    page.get_by_role("link", name="plant", exact=True).click()
    page.get_by_text("Remove this source").click()
    page.get_by_role("button", name="Remove plant").click()
    expect(page.get_by_text("The source was removed")).to_be_visible()
    expect(row).to_have_count(0)


def test_the_queue_is_held_back_and_goes_on(site):
    page = site.open("/queue")
    page.get_by_role("button", name="Pause ENRICH").click()
    expect(page.get_by_text("Nothing more of it is begun")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^ENRICH"))).to_contain_text("paused")
    page.get_by_role("button", name="Resume ENRICH").click()
    expect(page.get_by_role("button", name="Pause ENRICH")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Waiting since"))).to_be_visible()


def test_dark_and_light_are_switched_and_remembered(site):
    page = site.open("/", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Switch between dark and light").click()
    dark = page.evaluate(ground)
    page.reload()
    assert page.evaluate(ground) == dark != light


def test_without_its_script_the_page_works_too(site):
    page = site.open(java_script_enabled=False)
    question(page).fill("parse price")
    question(page).press("Enter")
    page.locator("article").first.get_by_role("link", name="shop/orders.py").click()
    expect(page.locator("tr.lit .line").first).to_contain_text("def parse_price")
