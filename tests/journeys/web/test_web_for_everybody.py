"""The page on small screens, in both colours, and for those who do not see it or use no mouse."""

import pytest
from playwright.sync_api import Page

PAGES = (
    "/",
    "/?q=order",
    "/?q=zzzz&language=python&author=nobody",
    "/sources/shop/files/shop/orders.py?lines=6-9",
    "/sources/shop/files/shop/",
    "/sources",
    "/sources/shop",
    "/queue",
    "/symbols?q=order",
    "/names?of=OrderBook",
    "/packages",
    "/login",
    "/nowhere",
)

LOOKS = pytest.StashKey[dict[str, dict[str, object]]]()

NAMELESS = """
() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary, progress, svg[role=img]")]
  .filter((one) => one.checkVisibility())
  .filter((one) => !(one.textContent.trim() || one.getAttribute("aria-label")))
  .filter((one) => ![...(one.labels ?? [])].some((label) => label.textContent.trim()))
  .map((one) => one.outerHTML.slice(0, 120))
"""

FAINT = """
() => {
  const drawn = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    drawn.clearRect(0, 0, 1, 1); drawn.fillStyle = colour; drawn.fillRect(0, 0, 1, 1);
    return [...drawn.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return channels("white");
  };
  const faint = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !one.checkVisibility({ opacityProperty: true })) continue;
    if (one.closest("option, datalist, [class*=hidden], .skip")) continue;
    const [front, back] = [luminance(channels(getComputedStyle(one).color)), luminance(behind(one))];
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (contrast < 4.5) faint.set(`${one.tagName}.${one.className}`, contrast.toFixed(2));
  }
  return Object.fromEntries(faint);
}
"""

BARE = """
() => ({
  headings: document.querySelectorAll("h1").length,
  main: document.querySelectorAll("main").length,
  navigation: document.querySelectorAll("nav[aria-label]").length,
  language: document.documentElement.lang,
  doubles: [...document.querySelectorAll("[id]")].map((one) => one.id).filter((id, at, all) => all.indexOf(id) !== at),
  inline: document.querySelectorAll("[style], style, script:not([src]), [onclick]").length,
})
"""


NARROW = {"width": 360, "height": 800}
WIDE = {"width": 1200, "height": 800}


def looked_at(page: Page) -> dict[str, object]:
    """All that a look at one page tells."""
    page.set_viewport_size(NARROW)
    seen = {"width": page.evaluate("document.documentElement.scrollWidth")}
    page.set_viewport_size(WIDE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        seen[scheme] = page.evaluate(FAINT)
    return seen | {"bare": page.evaluate(BARE), "nameless": page.evaluate(NAMELESS)}


@pytest.fixture
def looks(request: pytest.FixtureRequest, site) -> dict[str, dict[str, object]]:
    """What each page looks like; they are looked at once for all that is asked of them."""
    cache = request.node.parent.stash
    if LOOKS not in cache:
        page = site.open()
        found = {}
        for path in PAGES:
            page.goto(site.url + path)
            found[path] = looked_at(page)
        cache[LOOKS] = found
    return cache[LOOKS]


def test_no_page_is_wider_than_a_small_screen(looks):
    assert {path: look["width"] for path, look in looks.items() if look["width"] > 360} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(looks, scheme):
    assert {path: look[scheme] for path, look in looks.items() if look[scheme]} == {}


def test_every_page_has_its_landmarks(looks):
    sound = {"headings": 1, "main": 1, "navigation": 1, "language": "en", "doubles": [], "inline": 0}
    assert {path: look["bare"] for path, look in looks.items() if look["bare"] != sound} == {}


def test_whatever_is_used_has_a_name(looks):
    assert {path: look["nameless"] for path, look in looks.items() if look["nameless"]} == {}


def test_the_first_key_leads_past_the_head_of_the_page(site):
    page = site.open("/sources")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_whatever_has_the_focus_is_seen_to_have_it(site):
    page = site.open("/queue")
    seen = "() => { const style = getComputedStyle(document.activeElement);"
    seen += " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0; }"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(seen), page.evaluate("document.activeElement.outerHTML")


def test_nothing_moves_for_who_wants_it_still(site):
    page = site.open("/sources", reduced_motion="reduce")
    moving = (
        "[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).animationName !== 'none').length"
    )
    assert page.evaluate(moving) == 0
