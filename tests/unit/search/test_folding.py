from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.search.candidate import Candidate
from kodit.domain.search.folding import fold, overlap

LONG = "\n".join(f"    step_{n} = run(first_{n}, second_{n})" for n in range(60))


def candidate(
    snippet_id: int, content: str, *, path: str | None = None, lines: tuple[int, int] = (1, 10), source_id: int = 1
) -> Candidate:
    return Candidate(
        snippet_id=snippet_id,
        source_id=source_id,
        path=path or f"gate_{snippet_id}.py",
        start_line=lines[0],
        end_line=lines[1],
        language="python",
        symbol=None,
        kind=SnippetKind.WINDOW,
        content=content,
    )


def folded(*candidates: Candidate) -> dict[int, int]:
    """Which were folded, into which."""
    return {each.snippet_id: same.snippet_id for each, same in fold(candidates) if same is not None}


def test_the_same_text_with_other_white_space_is_folded_into_the_better_one() -> None:
    assert folded(candidate(1, "if a:\n  go()"), candidate(2, "if a:\n\n\tgo()\n")) == {2: 1}


def test_a_long_text_with_one_word_changed_is_folded() -> None:
    assert folded(candidate(1, LONG), candidate(2, LONG.replace("second_30", "third"))) == {2: 1}


def test_a_text_with_a_changed_part_is_not_folded() -> None:
    other = "\n".join(f"    leap_{n} = walk(third_{n})" if n < 12 else line for n, line in enumerate(LONG.splitlines()))
    assert folded(candidate(1, LONG), candidate(2, other)) == {}


def test_short_texts_that_differ_are_not_folded() -> None:
    assert folded(candidate(1, "return 1"), candidate(2, "return 2")) == {}


def test_the_pieces_of_one_long_definition_are_one_answer() -> None:
    pieces = [
        replace(candidate(n, f"piece {n}", path="gate.py", lines=(60 * n, 60 * n + 59)), symbol="open_gate")
        for n in (1, 2, 3)
    ]

    assert folded(*pieces) == {2: 1, 3: 1}
    assert folded(pieces[0], replace(pieces[1], symbol="close_gate"), replace(pieces[2], path="other.py")) == {}


def test_overlapping_lines_of_one_file_are_folded() -> None:
    whole = candidate(1, "a", path="gate.py", lines=(1, 100))
    assert folded(whole, candidate(2, "b", path="gate.py", lines=(40, 60))) == {2: 1}


def test_neighbours_that_share_a_few_lines_stay_apart() -> None:
    first = candidate(1, "a", path="gate.py", lines=(1, 40))
    assert folded(first, candidate(2, "b", path="gate.py", lines=(36, 80))) == {}


def test_the_same_lines_of_other_files_and_sources_stay_apart() -> None:
    first = candidate(1, "a", path="gate.py")
    other_file = candidate(2, "b", path="door.py")
    other_source = candidate(3, "c", path="gate.py", source_id=2)
    assert folded(first, other_file, other_source) == {}


def test_overlap_is_the_share_of_the_shorter_range() -> None:
    assert overlap(candidate(1, "", lines=(1, 10)), candidate(2, "", lines=(6, 105))) == 0.5
    assert overlap(candidate(1, "", lines=(1, 10)), candidate(2, "", lines=(11, 12))) == 0.0


@given(st.lists(st.text(alphabet="ab \n", max_size=12), max_size=12))
def test_each_is_answered_in_order_and_folded_only_into_what_was_kept(contents: list[str]) -> None:
    candidates = [candidate(n, content) for n, content in enumerate(contents, start=1)]
    answers = list(fold(candidates))
    assert [each for each, _ in answers] == candidates
    kept = [each for each, same in answers if same is None]
    assert all(same in kept and same.snippet_id < each.snippet_id for each, same in answers if same is not None)
    assert len({"".join(each.content.split()) for each in kept}) == len(kept)
