"""Searches that are narrowed by what a snippet is and by the package that it belongs to."""

import pytest

import kodit
from kodit.application.engine import Kodit
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.search.query import Hit, SearchMode

CART = '''class Cart:
    """What a customer wants to buy."""

    def total_price(self, items):
        """The price of all items in the cart."""
        return sum(item.price for item in items)


def total_price(items):
    """The price of all items."""
    return sum(item.price for item in items)
'''
FILES = {
    "cart/pyproject.toml": '[project]\nname = "shop-cart"\nversion = "1"\n',
    "cart/shop/cart.py": CART,
    "mail/pyproject.toml": '[project]\nname = "shop-mail"\nversion = "1"\n',
    "mail/mail.py": 'def total_price_mail(items):\n    """The price of all items."""\n    return str(items)\n',
    "notes.md": "# Total price\n\nThe total price of all items is the sum of their prices.\n",
}
ASKED = "total price of all items"


@pytest.fixture
async def engine(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    async with kodit.open(tmp_path / "data", workers=1) as opened:
        await opened.index(str(tmp_path / "shop"))
        yield opened


async def hits(engine: Kodit, mode: SearchMode = SearchMode.HYBRID, **filters) -> list[Hit]:
    return list((await engine.search(ASKED, mode=mode, limit=50, **filters)).hits)


@pytest.mark.parametrize("mode", SearchMode)
async def test_what_is_narrowed_is_what_passes_of_the_whole(engine, mode):
    whole = {hit.snippet_id: hit for hit in await hits(engine, mode)}

    functions = {hit.snippet_id for hit in await hits(engine, mode, kinds=["function"])}
    assert functions == {key for key, hit in whole.items() if hit.kind is SnippetKind.FUNCTION} != set()

    of_cart = {hit.snippet_id for hit in await hits(engine, mode, packages=["shop-cart"])}
    assert of_cart == {key for key, hit in whole.items() if hit.path.startswith("cart/")} != set()

    both = {hit.snippet_id for hit in await hits(engine, mode, packages=["shop-cart", "mail"], kinds=["function"])}
    assert both == functions & {key for key, hit in whole.items() if hit.path.startswith(("cart/", "mail/"))}


async def test_what_passes_is_found_however_much_is_better(engine):
    [only] = (await engine.search(ASKED, kinds=[SnippetKind.SECTION], limit=1)).hits
    assert only.path == "notes.md"


async def test_a_package_narrows_together_with_paths(engine):
    assert {hit.path for hit in await hits(engine, packages=["cart"], paths=["**/*.py"])} == {"cart/shop/cart.py"}
    assert await hits(engine, packages=["shop-cart"], paths=["mail/**"]) == []


async def test_a_package_or_a_kind_that_there_is_none_of_is_told(engine):
    with pytest.raises(NotFound, match="there is no package named shop-card"):
        await engine.search(ASKED, packages=["shop-cart", "shop-card"])
    with pytest.raises(InvalidInput, match="kinds has 'func'"):
        await engine.search(ASKED, kinds=["func"])
    with pytest.raises(InvalidInput, match="packages is one text"):
        await engine.search(ASKED, packages="shop-cart")
