"""The types of fields, as what declares them tells."""

import pytest

from kodit.domain.code.linking.declared import declared_types
from kodit.domain.code.symbol import StoredSymbol, Symbol, SymbolKind


def a_symbol(number, name, signature, kind=SymbolKind.FIELD, lines=(1, 1), parent=None):
    symbol = Symbol(
        name=name,
        qualified_name=name,
        kind=kind,
        start_line=lines[0],
        end_line=lines[1],
        head_line=lines[0],
        signature=signature,
    )
    return StoredSymbol(id=number, index_id=1, file_id=1, parent_id=parent, symbol=symbol)


def declared(language, signature, name="c"):
    return declared_types(language, [a_symbol(7, name, signature)]).get(7)


@pytest.mark.parametrize(
    ("language", "signature", "expected"),
    [
        ("python", "self.c = Parser(1, f(2))", "Parser"),
        ("python", "self.c = http.Parser()", "http.Parser"),
        ("python", "c: Parser", "Parser"),
        ("python", "self.c: 'http.Parser | None' = None", "http.Parser"),
        ("python", "self.c = Parser().tree", None),
        ("python", "self.c = Parser(1).parse(2)", None),
        ("python", "self.c = Parser() or None", None),
        ("python", "self.c = make()", None),
        ("python", "self.c: list[Parser] = []", None),
        ("python", "self.c = c", None),
        ("java", "private final Parser c = new Parser()", "Parser"),
        ("java", "@Inject protected org.acme.Parser c", "org.acme.Parser"),
        ("java", "static Parser b, c", "Parser"),
        ("java", "Parser[] c", None),
        ("csharp", "public Parser? c { get; set; }", "Parser"),
        ("csharp", "private readonly Parser c = new()", "Parser"),
        ("typescript", "private readonly c: Parser", "Parser"),
        ("typescript", "c?: http.Parser | undefined = null", "http.Parser"),
        ("typescript", "c = new Parser<Tree>(1)", "Parser"),
        ("typescript", "c = new Parser(1).tree", None),
        ("typescript", "c: Parser[] = []", None),
        ("typescript", "c: Parser | Printer", None),
        ("javascript", "this.c = new Parser()", "Parser"),
        ("javascript", "const c = parser()", None),
        ("go", "c *http.Parser", "http.Parser"),
        ("go", 'b, c Parser `json:"c"`', "Parser"),
        ("go", "c = &Parser{}", "Parser"),
        ("go", "c []Parser", None),
        ("rust", "pub(crate) c: &'a mut http::Parser", "http.Parser"),
        ("rust", "c: Arc<Parser>", "Parser"),
        ("rust", "c: Box<dyn Parser>", "Parser"),
        ("rust", "c: (Parser, Tree)", None),
        ("cpp", "const http::Parser& c", "http.Parser"),
        ("cpp", "Parser *c = nullptr", "Parser"),
        ("cpp", "Parser c[4]", None),
        ("php", "private ?Parser $c", "Parser"),
        ("php", "public \\Http\\Parser $c = null", "Http.Parser"),
        ("ruby", "@c = Parser.new", None),
        ("python", "", None),
    ],
)
def test_a_type_is_known_where_its_name_alone_declares_it(language, signature, expected):
    assert declared(language, signature) == expected


def test_the_type_is_that_of_the_name_that_is_declared():
    assert declared("java", "Parser other") is None


@pytest.mark.parametrize(
    ("language", "assigned", "head", "expected"),
    [
        ("python", "self.c = given", "def __init__(self, given: Parser)", "Parser"),
        ("python", "self.c = given", "def __init__(self, *, given: 'Parser | None' = None, b=1)", "Parser"),
        ("python", "self.c = given", "def __init__(self, forgiven: Parser, given)", None),
        ("typescript", "this.c = given", "constructor(given?: Parser)", "Parser"),
        ("typescript", "this.c = given", "constructor(given: Parser[])", None),
        ("javascript", "this.c = given", "constructor(given)", None),
    ],
)
def test_a_parameter_that_is_handed_on_brings_its_type(language, assigned, head, expected):
    maker = a_symbol(1, "init", head, SymbolKind.METHOD, lines=(2, 5), parent=9)
    other = a_symbol(2, "other", "def other(given: Printer)", SymbolKind.METHOD, lines=(6, 8), parent=9)
    field = a_symbol(3, "c", assigned, lines=(4, 4), parent=9)
    assert declared_types(language, [maker, other, field]).get(3) == expected
