"""What is known of who changed a file does not depend on how often it was looked at."""

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.sources.file import File, FileStatus
from kodit.domain.sources.history import History, Touch

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
ANN = Touch(author="Ann <ann@example.org>", changed_at=NOON, created_at=NOON)
BOB = Touch(author="Bob <bob@example.org>", changed_at=LATER)

MOMENTS = st.integers(0, 3).map(lambda days: NOON + timedelta(days=days))
TOUCHES = st.builds(
    Touch, author=st.sampled_from(["Ann", "Bob"]), changed_at=MOMENTS, created_at=st.one_of(st.none(), MOMENTS)
)


def a_file(path: str = "a", touch: Touch | None = None, **changes: object) -> File:
    known = (
        {}
        if touch is None
        else {"author": touch.author, "changed_at": touch.changed_at, "created_at": touch.created_at}
    )
    given_ = {"index_id": 1, "path": path, "size": 1, "mtime_ns": 0, "content_hash": "1", "status": FileStatus.CLEAN}
    return File(**(given_ | known | changes))  # type: ignore[arg-type]


def touch_of(file: File) -> Touch | None:
    if file.author is None or file.changed_at is None:
        return None
    return Touch(author=file.author, changed_at=file.changed_at, created_at=file.created_at)


@given(st.lists(TOUCHES, min_size=1, max_size=5).flatmap(lambda them: st.tuples(st.just(them), st.permutations(them))))
def test_the_order_in_which_commits_are_looked_at_makes_no_difference(them: tuple[list[Touch], list[Touch]]) -> None:
    first, second = ([*one] for one in them)

    assert reduce(Touch.after, first) == reduce(Touch.after, second)


def test_the_last_change_counts_and_the_creation_stays() -> None:
    assert BOB.after(ANN) == Touch(author=BOB.author, changed_at=LATER, created_at=NOON)


def test_a_file_keeps_what_is_known_while_nobody_touches_it() -> None:
    file = a_file(touch=ANN)

    [told] = History(follows=True).told_of([file], known={"a"})

    assert told is file


def test_a_later_change_is_added_to_what_is_known() -> None:
    [told] = History(touches={"a": BOB}, follows=True).told_of([a_file(touch=ANN)], known={"a"})

    assert touch_of(told) == BOB.after(ANN)


def test_what_was_known_of_another_path_does_not_count() -> None:
    moved = a_file("b", ANN, status=FileStatus.RENAMED)

    [told] = History(touches={"b": BOB}, follows=True).told_of([moved], known={"a"})

    assert touch_of(told) == BOB


def test_without_the_earlier_commits_nothing_that_is_not_told_is_known() -> None:
    [told, other] = History(touches={"b": BOB}).told_of([a_file(touch=ANN), a_file("b", ANN)], known={"a", "b"})

    assert (touch_of(told), touch_of(other)) == (None, BOB)


def test_deleted_files_stay_as_they_are() -> None:
    gone = a_file(touch=ANN, status=FileStatus.DELETED)

    assert History(touches={"a": BOB}).told_of([gone], known={"a"}) == [gone]
