"""`kodit grep`: the lines that match, from the command line."""

import pytest
from command_line import CommandLine
from journey_world import World


@pytest.fixture
def kodit(world: World) -> CommandLine:
    return world.kodit


def test_lines_stand_behind_their_places_as_editors_read_them(kodit: CommandLine):
    assert kodit.ok("grep", r"def \w+_price\(").out == "shop/orders.py:21:def parse_price(text: str) -> int:\n"


def test_context_is_told_from_what_matches(kodit: CommandLine):
    assert kodit.ok("grep", "-F", "json.dumps(", "-C", 1).out.splitlines() == [
        'shop/orders.py-17-        """All orders as JSON text."""',
        "shop/orders.py:18:        return json.dumps(self.orders)",
        "shop/orders.py-19-",
    ]


def test_places_of_several_sources_name_them(kodit: CommandLine):
    found = kodit.ok("grep", "-i", "waiting longer|sells things")
    assert found.out.splitlines() == [
        "library:src/retry.go:3:// WithBackoff calls f until it succeeds, waiting longer each time.",
        "shop:README.md:3:Sells things.",
    ]


def test_a_document_says_all_there_is_to_know(kodit: CommandLine):
    found = kodit.json("grep", "getBasketTotal", "--language", "javascript")
    assert (found["matches"], found["more"], found["unread_files"]) == (1, False, 0)
    [file] = found["files"]
    assert (file["source"], file["path"]) == ("shop", "shop/web/basket.js")
    assert file["lines"] == [{"number": 2, "text": "export function getBasketTotal(items) {", "matches": True}]


def test_what_is_left_out_is_told(kodit: CommandLine):
    assert "there are more than these 1" in kodit.ok("grep", "order", "--limit", 1).err
    assert "nothing found" in kodit.ok("grep", "never_found").err


def test_a_pattern_that_makes_no_sense_is_an_error_with_a_remedy(kodit: CommandLine):
    failed = kodit.run("grep", "(")
    assert (failed.code, failed.out) == (4, "")
    assert failed.remedy
