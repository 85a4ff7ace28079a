from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.replacement import replacement
from kodit.domain.code.snippet import Snippet, SnippetKind, StoredSnippet, content_hash


def a_snippet(content, line=1):
    return Snippet(
        path="a.py",
        start_line=line,
        end_line=line + 1,
        kind=SnippetKind.FUNCTION,
        language="python",
        content=content,
        content_hash=content_hash("a.py", content),
    )


def stored(snippets):
    return [StoredSnippet(id=10 + n, index_id=1, file_id=7, snippet=snippet) for n, snippet in enumerate(snippets)]


# Few contents, so that the same one comes often, also twice in one file.
snippet_lists = st.lists(st.builds(a_snippet, st.sampled_from("abcd"), st.integers(1, 4)), max_size=8)


def contents(snippets):
    return Counter(snippet.content for snippet in snippets)


@given(snippet_lists, snippet_lists)
def test_what_is_stored_afterwards_is_exactly_the_fresh_list(before, fresh):
    held = {old.id: old.snippet for old in stored(before)}

    changes = replacement(7, stored(before), fresh)

    for snippet_id in changes.remove:
        del held[snippet_id]
    for moved in changes.move:
        assert held[moved.id].content == moved.snippet.content
        held[moved.id] = moved.snippet
    assert Counter([*held.values(), *changes.add]) == Counter(fresh)


@given(snippet_lists, snippet_lists)
def test_as_much_as_possible_is_kept(before, fresh):
    changes = replacement(7, stored(before), fresh)

    same = contents(before) & contents(fresh)
    assert changes.kept == same.total() == len(fresh) - len(changes.add) == len(before) - len(changes.remove)


@given(snippet_lists)
def test_an_unchanged_file_changes_nothing(before):
    changes = replacement(7, stored(before), before)

    assert (changes.add, changes.move, changes.remove) == ((), (), ())
    assert changes.kept == len(before)


@given(snippet_lists)
def test_lines_above_move_everything_and_embed_nothing(before):
    lower = [replace(snippet, start_line=snippet.start_line + 9, end_line=snippet.end_line + 9) for snippet in before]

    changes = replacement(7, stored(before), lower)

    assert (changes.add, changes.remove) == ((), ())
    assert [moved.id for moved in changes.move] == [old.id for old in stored(before)]


@given(snippet_lists)
def test_a_deleted_file_loses_all_its_snippets(before):
    assert replacement(7, stored(before), []).remove == tuple(old.id for old in stored(before))


def test_the_same_text_under_another_name_is_another_snippet():
    renamed = replace(a_snippet("a"), symbol="b")

    changes = replacement(7, stored([a_snippet("a")]), [renamed])

    assert (changes.add, changes.remove, changes.kept) == ((renamed,), (10,), 0)
