import pytest

from kodit.domain.code.language import LANGUAGES, language_named, language_of, language_of_text, nearest_language


@pytest.mark.parametrize(
    ("path", "first_line", "language"),
    [
        ("src/app.py", "", "python"),
        ("SRC/APP.PY", "", "python"),
        ("web/page.tsx", "", "tsx"),
        ("types/index.d.ts", "", "typescript"),
        ("views/home.blade.php", "", "template"),
        ("Makefile", "", "make"),
        ("docker/Dockerfile.dev", "", "dockerfile"),
        (".env.example", "", "dotenv"),
        (".gitignore", "", "ignore"),
        ("CMakeLists.txt", "", "cmake"),
        ("notes.txt", "", "text"),
        ("bin/run", "#!/usr/bin/env python3", "python"),
        ("bin/run", "#!/usr/bin/python3.12 -u", "python"),
        ("bin/run", "#!/usr/bin/env -S LANG=C bash -e", "bash"),
        ("bin/run", "#! /bin/sh", "bash"),
        ("bin/run", "#!", None),
        ("bin/run", "import os", None),
        ("archive.unknown", "", None),
        ("trailing.", "", None),
        ("", "", None),
    ],
)
def test_a_file_is_recognised_by_its_name_or_else_by_its_first_line(path, first_line, language):
    assert language_of(path, first_line) == language


def test_a_name_outweighs_the_first_line():
    assert language_of("run.rb", "#!/bin/sh") == "ruby"


def test_no_two_languages_claim_the_same_files():
    for claims in ("extensions", "file_names", "interpreters"):
        claimed = [claim for language in LANGUAGES for claim in getattr(language, claims)]
        assert len(claimed) == len(set(claimed)), claims


def test_names_are_unique_and_in_lower_case():
    names = [language.name for language in LANGUAGES]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    assert all(language_named(name) is not None for name in names)
    assert language_named("klingon") is None


def test_a_text_nobody_recognises_is_plain_text():
    assert language_of_text("bin/run", "hello") == "text"


def test_a_shebang_is_read_from_the_text():
    assert language_of_text("bin/run", "#!/usr/bin/env node\nrun()\n") == "javascript"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("struct point { int x; };\n#include <stdio.h>\n", "c"),
        ("#include <vector>\n", "cpp"),
        ("namespace a {\n}\n", "cpp"),
        ("template <class T>\nT max(T a, T b);\n", "cpp"),
    ],
)
def test_a_header_is_told_from_its_text(text, language):
    assert language_of_text("include/shapes.h", text) == language


@pytest.mark.parametrize(
    ("given", "meant"),
    [("pyton", "python"), ("py", "python"), (".rs", "rust"), ("C++", "cpp"), ("typscript", "typescript"), ("qq", None)],
)
def test_a_name_that_is_no_language_leads_to_the_nearest(given, meant):
    assert nearest_language(given) == meant
