"""An import that leads elsewhere because a file came or went has that file's word in it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kodit.domain.code.linking.destinations import Destinations
from kodit.domain.code.linking.mention import MOST, NAMING_LANGUAGES, words_for
from kodit.domain.code.linking.tree import PackageRoot, SourceTree
from kodit.domain.code.reference import EVERYTHING, Binding, Import
from kodit.domain.sources.manifest import PackageKind

NAMES = ("a", "b", "os", "src", "lib", "index", "__init__")
DIRECTORIES = st.lists(st.sampled_from(("a", "b", "src", "lib")), max_size=3).map("/".join)
FILES = st.builds(
    lambda directory, name, ending: f"{directory}/{name}{ending}".lstrip("/"),
    DIRECTORIES,
    st.sampled_from(NAMES),
    st.sampled_from((".py", ".pyi", ".js", ".ts", ".d.ts", ".json", ".h", ".c", ".rb", ".md", "")),
)
MODULES = st.one_of(
    st.lists(st.sampled_from(("a", "b", "os", "src", "c")), max_size=3).map(".".join),
    st.lists(st.sampled_from((".", "..", "@", "pkg", "a", "b", "src", "a.js", "b.h", "a.rb", "")), max_size=4).map(
        "/".join
    ),
)
IMPORTS = st.builds(
    lambda module, level, name, system: Import(
        module=module, line=1, level=level, system=system, bindings=(Binding(name, name),) if name else ()
    ),
    MODULES,
    st.integers(0, 3),
    st.sampled_from((None, "a", "b", "c", EVERYTHING)),
    st.booleans(),
)
PACKAGES = (PackageRoot(PackageKind.NPM, "a", "pkg"), PackageRoot(PackageKind.NPM, "", "@/b"))


def destination(paths, language, importing, imported):
    return Destinations(SourceTree(paths, PACKAGES, "a")).of(importing, language, imported)


@settings(max_examples=500)
@given(
    st.sets(FILES, max_size=8),
    st.sets(FILES, min_size=1, max_size=2),
    FILES,
    st.sampled_from(sorted(NAMING_LANGUAGES)),
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
            texts = [imported.module, *(binding.imported for binding in imported.bindings)]
            if not any(word in text for word in words for text in texts):
                was = destination(others, language, importing, imported)
                assert destination(tree, language, importing, imported) == was


@pytest.mark.parametrize(("path", "word"), [("a/new.py", "new"), ("a/new.d.ts", "new"), ("new-er_1.h", "new-er_1")])
def test_the_word_for_a_file_is_its_name_without_what_follows_a_dot(path, word):
    assert words_for(SourceTree(["a/other.py", path]), {path}) == {word}


@pytest.mark.parametrize(
    "path", ["a/__init__.py", "a/index.js", "a/.hidden", "a/ä.py", "lib/os.py", "a/b.ts", "fresh/first.py"]
)
def test_nobody_can_say_which_imports_a_file_matters_to_that_stands_for_a_directory(path):
    assert words_for(SourceTree(["a/other.py", "a/b/c.ts", path]), {path}) is None


def test_many_files_have_no_words():
    moved = {f"a/m{number}.py" for number in range(MOST + 1)}
    assert words_for(SourceTree(["a/other.py", *moved]), moved) is None
