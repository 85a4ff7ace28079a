"""A symbol stays the same symbol while its file defines its equal."""

from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.succession import KnownSymbol, succession
from kodit.domain.code.symbol import Symbol, SymbolKind

names = st.lists(st.sampled_from("abc"), max_size=6)


def a_symbol(name, kind=SymbolKind.FUNCTION):
    return Symbol(name=name, qualified_name=name, kind=kind, start_line=1, end_line=1, head_line=1)


@given(before=names, after=names)
def test_as_many_ids_are_handed_on_as_there_are_equals_and_none_twice(before, after):
    known = [KnownSymbol(number, name, SymbolKind.FUNCTION) for number, name in enumerate(before)]

    ids = succession(known, [a_symbol(name) for name in after])

    handed = [symbol_id for symbol_id in ids if symbol_id is not None]
    assert len(handed) == len(set(handed)) == sum(min(before.count(name), after.count(name)) for name in "abc")
    assert all(before[symbol_id] == name for symbol_id, name in zip(ids, after, strict=True) if symbol_id is not None)


def test_another_kind_is_another_symbol_and_the_first_succeeds_to_the_first():
    known = [KnownSymbol(7, "a", SymbolKind.FUNCTION), KnownSymbol(8, "a", SymbolKind.FUNCTION)]

    assert succession(known, [a_symbol("a", SymbolKind.CLASS), a_symbol("a")]) == [None, 7]
