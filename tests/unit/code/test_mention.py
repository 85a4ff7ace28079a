"""An import that leads elsewhere because a file came or went has that file's word in it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kodit.domain.code.linking.destinations import LEADING_LANGUAGES, Destinations
from kodit.domain.code.linking.mention import MOST, words_for, words_of
from kodit.domain.code.linking.tree import PackageRoot, SourceTree
from kodit.domain.code.reference import EVERYTHING, Binding, Import
from kodit.domain.sources.manifest import PackageKind

NAMES = ("a", "b", "os", "src", "lib", "index", "__init__", "mod", "main")
DIRECTORIES = st.lists(st.sampled_from(("a", "b", "src", "lib", "tests", "vendor")), max_size=3).map("/".join)
ENDINGS = (
    *("", ".py", ".pyi", ".js", ".ts", ".d.ts", ".json", ".h", ".c"),
    *(".rb", ".md", ".go", "_test.go", ".java", ".rs", ".php"),
)
FILES = st.builds(
    lambda directory, name, ending: f"{directory}/{name}{ending}".lstrip("/"),
    DIRECTORIES,
    st.sampled_from(NAMES),
    st.sampled_from(ENDINGS),
)
MODULES = st.one_of(
    st.lists(st.sampled_from(("a", "b", "os", "src", "c")), max_size=3).map(".".join),
    st.lists(st.sampled_from((".", "..", "@", "pkg", "a", "b", "src", "a.js", "b.h", "a.rb", "")), max_size=4).map(
        "/".join
    ),
    st.lists(st.sampled_from(("example.org", "m", "a", "b")), max_size=4).map("/".join),
    st.lists(st.sampled_from(("crate", "self", "super", "m", "a", "b", "c")), max_size=4).map("::".join),
    st.lists(st.sampled_from(("Acme", "A", "B", "a", "b")), max_size=4).map("\\".join),
)
IMPORTS = st.builds(
    lambda module, level, name, system: Import(
        module=module, line=1, level=level, system=system, bindings=(Binding(name, name),) if name else ()
    ),
    MODULES,
    st.integers(0, 3),
    st.sampled_from((None, "a", "b", "c", "A", EVERYTHING)),
    st.booleans(),
)
PACKAGES = (
    PackageRoot(PackageKind.NPM, "a", "pkg"),
    PackageRoot(PackageKind.NPM, "", "@/b"),
    PackageRoot(PackageKind.GO, "a", "example.org/m"),
    PackageRoot(PackageKind.GO, "", "m/a.b"),
    PackageRoot(PackageKind.CARGO, "b", "m"),
    PackageRoot(PackageKind.COMPOSER, "b", "acme/b"),
)


def destination(paths, language, importing, imported):
    return Destinations(SourceTree(paths, PACKAGES, "a")).of(importing, language, imported)


def _can_be_written(language, module):
    # Where directories stand for packages a path would name them in another way.
    return language != "java" or (module and "/" not in module)


@settings(max_examples=500)
@given(
    st.sets(FILES, max_size=8),
    st.sets(FILES, min_size=1, max_size=2),
    FILES,
    st.sampled_from(sorted(LEADING_LANGUAGES)),
    st.lists(IMPORTS, min_size=1, max_size=6),
)
@example({"b/c.md"}, {"b/a.py"}, "c.py", "python", [Import(module="b.z", line=1)])
@example({"a/b/c.ts"}, {"a/b.ts"}, "a/b/d.ts", "typescript", [Import(module=".", line=1)])
@example({"b/__init__.py"}, {"a/__init__.py"}, "a/x.py", "python", [Import(module="b", line=1)])
def test_an_import_without_any_of_the_words_leads_where_it_did(rest, moved, importing, language, imports):
    after, before = rest | {importing}, rest | {importing} | moved
    for tree, others in ((after, before), (before, after)):
        words = words_for(SourceTree(tree, PACKAGES, "a"), moved - {importing})
        for imported in imports if words is not None else ():
            if words.isdisjoint(words_of([imported])) and _can_be_written(language, imported.module):
                was = destination(others, language, importing, imported)
                assert destination(tree, language, importing, imported) == was


@pytest.mark.parametrize(("path", "word"), [("a/new.py", "new"), ("a/new.d.ts", "new"), ("new-er_1.h", "new-er_1")])
def test_the_word_for_a_file_is_its_name_without_what_follows_a_dot(path, word):
    assert words_for(SourceTree(["a/other.py", path]), {path}) == {word}


@pytest.mark.parametrize(
    "path", ["a/__init__.py", "a/index.js", "a/.hidden", "a/ä.py", "lib/os.py", "a/b.ts", "a/main.rs"]
)
def test_nobody_can_say_which_imports_a_file_matters_to_that_stands_for_a_directory(path):
    assert words_for(SourceTree(["a/other.py", "a/b/c.ts", path]), {path}) is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("fresh/first.py", {"first", "fresh"}),
        ("a/b.v2/c.go", {"c", "b"}),
        ("c.go", {"c", "m"}),
        ("org/acme/Tool.java", {"Tool", "acme"}),
        ("a/tool.php", {"tool", "Tool"}),
    ],
)
def test_where_an_import_may_name_its_directory_or_its_class_a_file_has_words_for_these_too(path, words):
    roots = [PackageRoot(PackageKind.GO, "", "example.org/m.git")]
    assert words_for(SourceTree([path], roots), {path}) == words


def test_many_files_have_no_words():
    moved = {f"a/m{number}.py" for number in range(MOST + 1)}
    assert words_for(SourceTree(["a/other.py", *moved]), moved) is None
