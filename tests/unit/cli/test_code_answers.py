"""How answers about code are told."""

import pytest

from kodit.application.asking.answers import Definitions, Impact, Reached, Uses
from kodit.application.asking.rows import FoundAlias, FoundFile, FoundReference, FoundSymbol
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.interfaces.cli.rendering.code import show_counts, show_definitions, show_uses
from kodit.interfaces.cli.rendering.code_files import show_impact


def a_symbol(source="shop", number=1, doc=""):
    return FoundSymbol(
        id=number,
        file_id=1,
        parent_id=None,
        source=source,
        path="a.py",
        language="python",
        line=3,
        start_line=3,
        end_line=4,
        name="render",
        qualified_name="render",
        kind=SymbolKind.FUNCTION,
        visibility=Visibility.PUBLIC,
        signature="def render()",
        doc=doc,
    )


def a_reference(source="shop", external=None, target=None):
    return FoundReference(
        file_id=1,
        source=source,
        path="b.py",
        language="python",
        line=7,
        column=5,
        kind=ReferenceKind.CALL,
        name="render",
        qualifier="",
        inside=None,
        target_id=target,
        external=external,
        text="render()",
    )


def an_alias(line=1, target=None, leads_to=None, external=None):
    return FoundAlias(
        source="shop", path="c.py", line=line, local="draw", target_id=target, leads_to=leads_to, external=external
    )


def uses(**given):
    empty = {"asked": "render", "symbols": (), "references": (), "unresolved": (), "outside": ()}
    return Uses(**{**empty, "more": False, "unlinked": 0, **given})


def told(capsys):
    captured = capsys.readouterr()
    return captured.out.splitlines(), captured.err.splitlines()


def test_what_copies_answer_alike_is_told_once(capsys):
    show_definitions(Definitions(asked="render", symbols=[a_symbol(), a_symbol("copy", 2)]))
    assert told(capsys)[0] == ["a.py:3  render  function  (shop, also in copy)", "        def render()"]

    files = [FoundFile(id=number, source=source, path="b.py", language=None) for number, source in ((1, "a"), (2, "b"))]
    reached = [Reached(distance=1, file=file, symbol=None, line=9) for file in files]
    impact = Impact(
        asked="render", symbols=(), file=files[0], reached=reached, further=False, unresolved=False, unlinked=0
    )
    show_impact(impact)
    assert told(capsys) == (["  1  b.py:9  (a, also in b)"], ["b.py  (a)", "1 file, at most 1 step away"])


@pytest.mark.parametrize(
    ("alias", "meaning"),
    [
        (an_alias(target=1), "draw is render, by the import in c.py:1  (shop)"),
        (an_alias(leads_to="d.py"), "draw is the file d.py, by the import in c.py:1  (shop)"),
        (an_alias(external="art.x"), "draw is art.x, from outside of the source, by the import in c.py:1  (shop)"),
    ],
)
def test_what_an_alias_stands_for_is_told_beside_it(capsys, alias, meaning):
    show_definitions(Definitions(asked="draw", symbols=[a_symbol()], aliases=[alias]))
    assert told(capsys)[1] == [meaning]


def test_a_meaning_that_many_imports_give_is_told_once(capsys):
    show_definitions(Definitions(asked="draw", symbols=[a_symbol()], aliases=[an_alias(n, target=1) for n in (1, 2)]))
    assert told(capsys)[1] == ["draw is render, by the import in c.py:1  (shop), and in 1 more"]


def test_what_is_outside_is_told_apart_from_a_symbol_of_the_same_name(capsys):
    show_uses(
        uses(symbols=[a_symbol()], references=[a_reference(target=1)], outside=[a_reference(external="x.render")])
    )
    out, err = told(capsys)
    assert out == [
        "b.py:7:5  call  (shop)",
        "        render()",
        "b.py:7:5  call of x.render  (shop)",
        "        render()",
    ]
    assert err[-1] == "outside of the sources, and called so there:"


def test_a_count_is_of_what_was_asked_for(capsys):
    outside = [a_reference(external="x.render")]
    show_counts(uses(outside=outside))
    assert told(capsys)[0] == ["1"]
    show_counts(uses(symbols=[a_symbol()], outside=outside))
    out, err = told(capsys)
    assert (out, err[-1]) == (["0"], "and 1 of what is called so outside of the sources")


@pytest.mark.parametrize(("lines", "rest"), [(13, "... 1 more line"), (14, "... 2 more lines")])
def test_a_long_documentation_says_how_much_is_left_out(capsys, lines, rest):
    show_definitions(Definitions(asked="render", symbols=[a_symbol(doc="\n".join("x" * lines))]))
    assert told(capsys)[0][-1].strip() == rest
