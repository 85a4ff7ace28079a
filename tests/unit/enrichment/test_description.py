import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.snippet import Snippet, SnippetKind
from kodit.domain.enrichment.description import LONGEST, describe

NAMES_OF_LANGUAGES = ["python", "go", "rust", "java", "c", "typescript", "markdown", "yaml", "text", "unheard of"]


def snippet(
    content: str,
    *,
    symbol: str | None = None,
    kind: SnippetKind = SnippetKind.FUNCTION,
    language: str = "python",
    path: str = "src/net/http_client.py",
    header: str | None = None,
) -> Snippet:
    return Snippet(
        path=path,
        start_line=1,
        end_line=1 + content.count("\n"),
        kind=kind,
        language=language,
        content=content,
        content_hash="0" * 64,
        symbol=symbol,
        header=header,
    )


def test_a_function_is_told_by_its_name_place_docstring_parameters_and_the_names_it_uses() -> None:
    code = '''def parseHTTPHeaders(file_pointer, timeout=3):
    """Parses only RFC 2822 headers from a stream."""
    lines = _read_headers(file_pointer)
    return EmailParser().feed(lines)
'''
    assert describe(snippet(code, symbol="parseHTTPHeaders")) == (
        "Function parse http headers in net http client: Parses only RFC 2822 headers from a stream. "
        "Takes file pointer, timeout. Uses lines, read headers, email parser, feed."
    )


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", 'def f(x):\n    """Opens the gate."""\n    go(x)'),
        ("python", "def f(x):\n    'Opens the gate.'\n    go(x)"),
        ("python", "@cache\ndef f(\n    x: int,\n) -> None:\n    r'''\n    Opens the gate.\n    '''\n"),
        ("javascript", "/**\n * Opens the gate.\n * @param {number} x - how far\n */\nfunction f(x) {}"),
        ("java", "/** Opens the gate. */\n@Override\npublic void f(int x) {}"),
        ("csharp", '/// <summary>Opens the gate.</summary>\n/// <param name="x">far</param>\nvoid F(int x) {}'),
        ("rust", "/// Opens the gate.\n///\n/// # Errors\n///\n/// Never.\nfn f(x: u8) {}"),
        ("rust", "//! Opens the gate.\n\nfn f(x: u8) {}"),
        ("cpp", "/*! \\brief Opens the gate.\n *  \\param x far\n */\nvoid f(int x);"),
        ("go", "// Opens the gate.\nfunc f(x int) {}"),
        ("ruby", "# Opens the gate.\n# @return [void]\ndef f(x)\nend"),
        ("bash", "#!/bin/sh\n# Opens the gate.\nf() { go; }"),
        ("elixir", '@doc """\nOpens the gate.\n"""\ndef f(x), do: x'),
        ("lua", "--- Opens the gate.\nlocal function f(x) end"),
        ("haskell", "-- | Opens the gate.\nf x = x"),
        ("lisp", ";; Opens the gate.\n(defun f (x) x)"),
        ("ocaml", "(** Opens the gate. *)\nlet f x = x"),
        ("php", "<?php\n/* Opens the gate. */\nfunction f($x) {}"),
    ],
)
def test_what_documents_a_definition_is_found_in_every_comment_style(language: str, code: str) -> None:
    told = describe(snippet(code, symbol="f", language=language))
    assert told.startswith("Function f in net http client: Opens the gate. ") or told.endswith(": Opens the gate.")
    assert "far" not in told
    assert "Never" not in told


@pytest.mark.parametrize(
    "boilerplate",
    [
        "/*\n * Copyright 2020 The Authors\n *\n * Licensed under the Apache License, Version 2.0\n */\n",
        "// SPDX-License-Identifier: MIT\n\n",
        "/* eslint-disable no-console */\n",
        "// ------------------------------\n",
        "//go:build linux\n\n",
        "/* Permission is hereby granted, free of charge,\n   to any person obtaining a copy. */\n",
        "// TODO: make it faster\n\n",
    ],
)
def test_licences_and_directives_are_no_description(boilerplate: str) -> None:
    told = describe(snippet(boilerplate + "// Opens the gate.\nfunc f() {}", symbol="f", language="go"))
    assert told == "Function f in net http client: Opens the gate."


def test_a_licence_alone_leaves_only_the_names() -> None:
    told = describe(snippet("# Copyright 2020 Somebody\ndef f():\n    shut_gate()", symbol="f"))
    assert told == "Function f in net http client: Uses shut gate."


def test_markup_of_documentation_is_taken_off() -> None:
    code = "/** Resolves a {@link Foo} from `bar`, see <b>the</b> [guide](https://example.org/x). */\nvoid f();"
    assert "Resolves a Foo from bar, see the guide." in describe(snippet(code, symbol="f", language="java"))


def test_a_comment_of_nothing_but_tags_still_says_what_it_says() -> None:
    code = "/** @return the number of open gates */\nint f();"
    assert "the number of open gates" in describe(snippet(code, symbol="f", language="java"))


def test_without_documentation_the_remarks_inside_speak() -> None:
    code = "int f() {\n  // walk the ring backwards\n  // x = y;\n  return 0;\n}"
    told = describe(snippet("int f() {\n  // walk the ring backwards\n  return 0;\n}", symbol="f", language="c"))
    assert told == "Function f in net http client: walk the ring backwards."
    assert "x = y" not in describe(snippet(code, symbol="f", language="c"))


def test_a_string_that_is_no_docstring_is_not_taken_for_one() -> None:
    told = describe(snippet('def f():\n    query = run(\n        """Opens the gate.""")\n', symbol="f"))
    assert "Opens the gate" not in told


def test_an_attribute_is_documented_by_the_string_below_it() -> None:
    told = describe(snippet('MOST = 5\n"""How often."""', symbol="MOST", kind=SnippetKind.CONSTANT))
    assert told == "Constant most in net http client: How often."


def test_a_method_names_its_class() -> None:
    told = describe(snippet("def send(self): ...", symbol="HttpClient.send", kind=SnippetKind.METHOD, path="a.py"))
    assert told == "Method send of http client in a."


def test_a_class_tells_what_it_has() -> None:
    code = "class Gate:\n    def open_wide(self): ...\n    def shut(self): ..."
    assert describe(snippet(code, symbol="Gate", kind=SnippetKind.CLASS)).endswith(": Has open wide, shut.")


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("go", "func f(file_path string, depth uint) {}"),
        ("java", "void f(final String file_path, List<Map<String, Long>> depth) {}"),
        ("typescript", "function f(file_path: string, depth = 3): void {}"),
        ("php", "function f(string $file_path, ?int $depth = null) {}"),
        ("rust", "fn f(&self, file_path: &'a std::path::Path, depth: usize) {}"),
        ("c", "int f(const char *file_path, size_t depth);"),
    ],
)
def test_parameters_are_named_without_their_types(language: str, code: str) -> None:
    assert "Takes file path, depth." in describe(snippet(code, symbol="f", language=language))


def test_names_in_strings_and_comments_are_not_used_names() -> None:
    told = describe(snippet('def f():\n    go_home("red_carpet")  # blue_door\n', symbol="f"))
    assert "go home" in told
    assert "carpet" not in told
    assert "blue" not in told


def test_a_section_is_told_by_its_heading_and_first_sentences() -> None:
    text = "## Installing from *source*\n\nYou need [rust](https://r.org).\n\n```sh\ncargo build\n```\n"
    told = describe(snippet(text, kind=SnippetKind.SECTION, language="markdown", path="docs/install.md"))
    assert told == "Section Installing from source in docs install: You need rust."


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deploy/gate.yml", "gate:\n  open_wide: true\n  width: 3\n"),
        ("deploy/gate.toml", "[gate]\nopen_wide = true\nwidth = 3\n"),
        ("deploy/gate.json", '{\n  "gate": {\n    "open_wide": true,\n    "width": 3\n  }\n}'),
        ("deploy/gate.ini", "# how it opens\n[gate]\nopen_wide=yes\nwidth=3\n"),
    ],
)
def test_lines_of_configuration_are_told_by_the_file_and_its_keys(path: str, text: str) -> None:
    told = describe(snippet(text, kind=SnippetKind.WINDOW, language="config", path=path))
    assert told == f"Settings in deploy gate {path.rpartition('.')[2]}: Keys gate, open wide, width."


def test_a_part_of_a_bigger_definition_says_of_what() -> None:
    told = describe(snippet("go()", kind=SnippetKind.BLOCK, header="class Parser(Lexer):"))
    assert told.startswith("Code of class parser lexer in net http client")


def test_a_long_text_ends_with_a_whole_sentence() -> None:
    doc = "Opens the gate. " * 3 + "This sentence goes on " + "and on " * 60
    told = describe(snippet(f'def f():\n    """{doc}"""', symbol="f"))
    assert told.endswith("Opens the gate.")


def test_a_huge_snippet_is_described_from_its_beginning() -> None:
    told = describe(snippet("# Opens the gate.\n" + "x = 1\n" * 1_000_000, symbol="f"))
    assert "Opens the gate." in told


any_snippet = st.builds(
    snippet,
    st.one_of(
        st.text(max_size=400),
        st.text(alphabet="/*#-'\"`{}()[]<>:=@\\ \nab1_", max_size=400),
        st.text(alphabet=st.characters(), max_size=60),
    ),
    symbol=st.none() | st.text(max_size=40),
    kind=st.sampled_from(SnippetKind),
    language=st.sampled_from(NAMES_OF_LANGUAGES),
    path=st.text(max_size=60),
    header=st.none() | st.text(max_size=40),
)


@given(any_snippet)
def test_any_snippet_has_a_short_description_on_one_line_that_never_changes(some: Snippet) -> None:
    told = describe(some)
    assert 0 < len(told.split()) <= LONGEST
    assert told == " ".join(told.split())
    assert told == describe(some)
    told.encode("utf-8")
