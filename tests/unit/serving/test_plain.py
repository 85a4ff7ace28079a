"""What nouns are in JSON."""

from datetime import UTC, datetime, timedelta

from kodit.application.serving.plain import plain
from kodit.application.serving.revived import revived
from kodit.domain.errors import Conflict, NotFound
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.nix_package import License, NixPackage, Position
from kodit.domain.search.query import Match, SearchMode
from kodit.domain.tasks.task_type import OtherTaskType, QueuePriority, TaskType


def test_enumerations_and_moments_are_words():
    at = datetime(2026, 1, 2, tzinfo=UTC)
    value = {TaskType.SYNC: [SearchMode.HYBRID, at, None, 1.5], OtherTaskType(1001): ()}
    assert plain(value) == {"SYNC": ["hybrid", "2026-01-02T00:00:00+00:00", None, 1.5], "TYPE_1001": []}


def test_a_noun_has_its_fields():
    assert plain([Match(7, 0.5)]) == [{"snippet_id": 7, "score": 0.5}]


def test_a_span_is_in_seconds_and_an_error_says_what_can_be_done():
    assert plain(timedelta(minutes=1)) == 60
    assert plain({3: NotFound("gone", remedy="look")}) == {
        "3": {"kind": "NotFound", "message": "gone", "remedy": "look"}
    }
    assert plain(Conflict("taken"))["remedy"] is None


def test_a_priority_is_a_number_and_a_set_has_an_order():
    assert plain(QueuePriority.USER_INITIATED) == 50
    assert plain(frozenset({SearchMode.TEXT, SearchMode.CODE})) == ["code", "text"]


def test_what_has_names_is_told_by_them_and_an_attribute_path_as_nix_writes_it():
    package = NixPackage(
        attr=AttrPath(("sets", "a.b")),
        pname="b",
        licenses=(License("MIT License", "MIT"),),
        implemented_in=Position("b.nix", 3),
    )
    told = plain(package)
    assert (told["attr"], told["implemented_in"]) == ('sets."a.b"', {"path": "b.nix", "line": 3})
    assert told["licenses"] == [{"name": "MIT License", "spdx_id": "MIT", "is_free": None}]
    assert revived(NixPackage, told) == package
