import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.search.candidate import Candidate, Ranked
from kodit.domain.search.query import Match
from kodit.domain.search.ranking import MOST_PER_FILE, rank


def candidate(
    snippet_id: int,
    path: str | None = None,
    *,
    symbol: str | None = None,
    kind: SnippetKind = SnippetKind.FUNCTION,
    content: str | None = None,
    source_id: int = 1,
) -> Candidate:
    return Candidate(
        snippet_id=snippet_id,
        source_id=source_id,
        path=f"lib/part_{snippet_id}.py" if path is None else path,
        start_line=snippet_id * 100,
        end_line=snippet_id * 100 + 10,
        language="python",
        symbol=symbol,
        kind=kind,
        content=f"body of {snippet_id}" if content is None else content,
    )


def ranked(text: str, *candidates: Candidate, limit: int = 10) -> list[Ranked]:
    """Ranks candidates that one list gives in this order."""
    matches = [Match(each.snippet_id, 1.0) for each in candidates]
    return rank(text, {"keyword": matches}, {each.snippet_id: each for each in candidates}, limit)


def ids(answers: list[Ranked]) -> list[int]:
    return [answer.candidate.snippet_id for answer in answers]


def fillers(first: int, count: int) -> list[Candidate]:
    return [candidate(first + n) for n in range(count)]


@pytest.mark.parametrize(
    ("query", "symbol"),
    [
        ("send", "HttpClient.send"),
        ("HttpClient.send", "net.HttpClient.send"),
        ("http::Client", "http::Client"),
        ("where does sendAll wait for the socket", "sendAll"),
    ],
)
def test_the_definition_of_a_named_symbol_comes_first_from_any_place(query: str, symbol: str) -> None:
    assert ids(ranked(query, *fillers(1, 60), candidate(99, symbol=symbol)))[0] == 99


def test_an_exactly_named_test_comes_before_what_is_merely_good() -> None:
    named = candidate(9, "tests/test_gate.py", symbol="test_gate_opens")
    assert ids(ranked("test_gate_opens", candidate(1, "gate.py", symbol="gate"), named))[0] == 9


def test_the_name_as_written_comes_before_the_same_in_another_convention() -> None:
    answers = ranked(
        "getUserName", candidate(1, symbol="get_user_name"), candidate(2, symbol="getUserName"), *fillers(3, 3)
    )
    assert ids(answers)[:2] == [2, 1]


def test_the_same_name_in_another_convention_comes_before_what_is_merely_good() -> None:
    good = candidate(1, "user/name.py", symbol="user_name")
    assert ids(ranked("getUserName", good, *fillers(2, 20), candidate(99, symbol="get_user_name")))[0] == 99


def test_a_name_under_the_asked_qualifier_comes_before_others_of_that_name() -> None:
    answers = ranked(
        "Client.send", candidate(1, symbol="Server.send"), candidate(2, symbol="Client.send"), candidate(3)
    )
    assert ids(answers) == [2, 1, 3]


def test_a_qualifier_ends_where_a_word_ends() -> None:
    answers = ranked("Client.send", *fillers(1, 2), candidate(3, symbol="MyClient.resend"))
    assert ids(answers)[-1] == 3


def test_a_mention_is_no_definition() -> None:
    mention = candidate(2, symbol="parse_headers", kind=SnippetKind.SECTION)
    assert ids(ranked("parse_headers", candidate(1), mention)) == [1, 2]


def test_a_symbol_all_of_whose_words_are_asked_for_rises() -> None:
    answers = ranked("how are users parsed here", *fillers(1, 3), candidate(4, symbol="parse_user"))
    assert ids(answers)[0] == 4


def test_more_words_of_the_symbol_are_better() -> None:
    half, whole = candidate(1, symbol="parse_config"), candidate(2, symbol="parse_user")
    assert ids(ranked("how are users parsed here", half, whole)) == [2, 1]


def test_a_symbol_of_one_word_that_is_asked_for_rises_less_than_one_of_several() -> None:
    plain, one, several = candidate(1), candidate(2, symbol="parse"), candidate(3, symbol="parse_user")
    assert ids(ranked("how are users parsed here", plain, one, several)) == [3, 2, 1]


def test_a_file_named_like_the_question_rises() -> None:
    assert ids(ranked("where are retries done again", candidate(1), candidate(2, "lib/retry.py"))) == [2, 1]


def test_a_folder_named_like_the_question_rises_a_little() -> None:
    one, two = candidate(1, "lib/one.py"), candidate(2, "retry/two.py")
    assert ids(ranked("where are retries done again", one, two)) == [2, 1]
    in_file, in_folder = candidate(2, "lib/retry.py"), candidate(1, "retry/two.py")
    assert ids(ranked("where are retries done again", in_folder, in_file)) == [2, 1]


def test_a_file_with_several_hits_rises() -> None:
    lone, first, second = candidate(1), candidate(2, "gate.py"), candidate(3, "gate.py")
    assert ids(ranked("open it", lone, first, second))[0] == 2


def test_each_further_snippet_of_a_file_counts_less() -> None:
    same_file = [candidate(n, "gate.py") for n in (1, 2, 3)]
    assert ids(ranked("open it", *same_file, candidate(4))).index(4) < 3


@pytest.mark.parametrize(
    "path", ["tests/test_gate.py", "examples/a.py", "docs/a.md", "vendor/a/a.go", "a_pb2.py", "a.d.ts"]
)
def test_a_place_that_rarely_answers_falls(path: str) -> None:
    assert ids(ranked("open it", candidate(1, path), candidate(2))) == [2, 1]


def test_tests_and_documents_stay_where_the_query_asks_for_them() -> None:
    assert ids(ranked("unit tests of it", candidate(1, "tests/a.py"), candidate(2))) == [1, 2]
    assert ids(ranked("documentation of it", candidate(1, "docs/a.md"), candidate(2))) == [1, 2]


def test_imports_come_after_definitions() -> None:
    assert ids(ranked("open it", candidate(1, kind=SnippetKind.BLOCK), candidate(2))) == [2, 1]


def test_copies_are_folded_into_the_best_and_named() -> None:
    copies = [candidate(n, content="the same") for n in (1, 2, 3)]
    (answer,) = ranked("open it", *copies)
    assert answer.candidate.snippet_id == 1
    assert answer.folded == (2, 3)


def test_a_folded_copy_takes_no_place_from_others() -> None:
    answers = ranked("open it", candidate(1, content="x"), candidate(2, content="x"), candidate(3), limit=2)
    assert ids(answers) == [1, 3]


def test_one_file_gives_no_more_than_its_share_while_there_are_others() -> None:
    crowd = [candidate(n, "gate.py", symbol=f"open_gate_{n}") for n in range(1, 9)]
    answers = ranked("open gate", *crowd, *fillers(20, 5), limit=8)
    assert sum(answer.candidate.path == "gate.py" for answer in answers) == MOST_PER_FILE


def test_the_only_file_gives_all_answers() -> None:
    crowd = [candidate(n, "gate.py") for n in range(1, 9)]
    assert sorted(ids(ranked("open gate", *crowd, limit=8))) == list(range(1, 9))


def test_files_of_the_same_path_in_other_sources_are_other_files() -> None:
    crowd = [candidate(n, "gate.py", source_id=n) for n in range(1, 9)]
    assert ids(ranked("open it", *crowd, limit=8)) == list(range(1, 9))


def test_answers_say_which_lists_they_came_from() -> None:
    lists = {"keyword": [Match(1, 9.0), Match(2, 8.0)], "text": [Match(2, 0.9)]}
    answers = rank("open it", lists, {1: candidate(1), 2: candidate(2)}, 10)
    assert {answer.candidate.snippet_id: answer.ranks for answer in answers} == {
        1: {"keyword": 1},
        2: {"keyword": 2, "text": 1},
    }


def test_a_match_whose_snippet_is_gone_is_left_out() -> None:
    assert ids(rank("open it", {"keyword": [Match(1, 2.0), Match(2, 1.0)]}, {2: candidate(2)}, 10)) == [2]


@pytest.mark.parametrize("limit", [0, -1])
def test_no_answers_are_given_when_none_are_wanted(limit: int) -> None:
    assert ranked("open it", candidate(1), limit=limit) == []


def test_meaning_counts_more_for_a_sentence_than_for_a_name() -> None:
    lists = {"keyword": [Match(1, 1.0), Match(2, 0.5)], "code": [Match(n, 1.0) for n in (2, 3, 4, 5, 6, 1)]}
    candidates = {each.snippet_id: each for each in fillers(1, 6)}
    assert ids(rank("how does it all get opened again", lists, candidates, 10))[0] == 2
    assert ids(rank("open_gate", lists, candidates, 10))[0] == 1


texts = st.text(alphabet=st.characters(), max_size=30) | st.sampled_from(
    ["open gate", "open_gate", "tests of the gate"]
)
pools = st.lists(
    st.builds(
        dict,
        path=st.sampled_from(["gate.py", "tests/gate.py", "open/door.go", "docs/a.md", ""]) | st.text(max_size=8),
        symbol=st.none() | st.sampled_from(["open_gate", "Gate.open", ""]) | st.text(max_size=8),
        kind=st.sampled_from(SnippetKind),
        content=st.text(alphabet="ab \n", max_size=8),
        source_id=st.integers(1, 2),
    ),
    max_size=25,
).map(lambda each: {n: candidate(n, **given_of) for n, given_of in enumerate(each, start=1)})
some_lists = st.dictionaries(
    st.sampled_from(["keyword", "code", "text", "symbol"]),
    st.lists(st.integers(1, 25), max_size=25).map(lambda found: [Match(each, 1.0) for each in found]),
)


@given(texts, pools, some_lists, st.integers(0, 12))
def test_answers_are_few_enough_sorted_and_each_snippet_is_there_once(
    text: str, pool: dict[int, Candidate], lists: dict[str, list[Match]], limit: int
) -> None:
    answers = rank(text, lists, pool, limit)
    keys = [(-answer.score, answer.candidate.snippet_id) for answer in answers]
    shown = [*ids(answers), *(each for answer in answers for each in answer.folded)]
    assert len(answers) <= limit
    assert keys == sorted(keys)
    assert len(shown) == len(set(shown))
    assert set(shown) <= set(pool)
    assert all(answer.score > 0 and answer.ranks for answer in answers)


@given(texts, pools, some_lists, st.randoms(use_true_random=False))
def test_how_the_lists_were_built_makes_no_difference(
    text: str, pool: dict[int, Candidate], lists: dict[str, list[Match]], random: object
) -> None:
    names, members = list(lists), list(pool)
    random.shuffle(names)  # type: ignore[attr-defined]
    random.shuffle(members)  # type: ignore[attr-defined]
    copies = {each: dataclasses.replace(pool[each]) for each in members}
    assert rank(text, {name: lists[name] for name in names}, copies, 10) == rank(text, lists, pool, 10)


def test_words_that_are_one_name_in_code_count_as_all_of_its_words() -> None:
    joined = candidate(30, symbol="deepcopy")
    assert ids(ranked("make a deep copy of an object", *fillers(1, 5), joined))[0] == 30


def test_a_private_definition_yields_to_a_public_one() -> None:
    private, public = candidate(1, symbol="_send_all"), candidate(2, symbol="send_all")
    assert ids(ranked("send all bytes", private, public)) == [2, 1]


def test_a_private_definition_that_is_named_comes_first() -> None:
    public, private = candidate(1, symbol="send_all"), candidate(2, symbol="_send_all")
    assert ids(ranked("_send_all", public, private)) == [2, 1]


def test_special_methods_are_not_private() -> None:
    special, filler = candidate(1, symbol="Queue.__len__"), candidate(2, symbol="Queue.put")
    assert ids(ranked("how many entries wait here", special, filler)) == [1, 2]


def test_a_bare_name_is_first_of_all_what_no_class_holds() -> None:
    method, function = candidate(1, symbol="Loop.getaddrinfo"), candidate(2, symbol="getaddrinfo")
    assert ids(ranked("getaddrinfo", method, *fillers(3, 5), function))[:2] == [2, 1]
    assert ids(ranked("getAddrInfo", method, *fillers(3, 5), function))[:2] == [2, 1]
