"""Whatever stands in a manifest, reading it gives a result that can be stored, and soon."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.sources.manifest import READ_AS, StoredManifest, manifest_kind
from kodit.infrastructure.manifests.reading import READERS, read_manifest
from kodit.infrastructure.sql.manifest_rows import manifest_row, stored_manifest

PATHS = sorted(f"a/b/x{name}" if name.startswith(".") else f"a/b/{name}" for name in READERS)

WORDS = [
    *re.split(
        " +",
        """name version description dependencies devDependencies workspaces packages package workspace members exclude
        path project tool poetry uv sources optional-dependencies build-system requires metadata options setup
        install_requires module require replace use => // indirect group implementation include rootProject.name
        allprojects dependency <project> </project> <dependencies> <dependency> <groupId> <version> <parent> <Project>
        <PropertyGroup> <ItemGroup> <PackageReference Include='x'/> ${a} $(a) spec.name add_dependency gem do end deps
        Gem::Specification.new only: :test app: Mix.Project @version catalog: - ' " { } [ ] ( ) < > = == : :: , ; . ../
        ./ \\ /* */ # % * ! & 1 1.0 ^1 true false null None http://me:secret@x""",
    ),
    "\n",
    "\n\n",
    "\t",
    "'''",
    '"""',
]
FRAGMENTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=6))
TEXTS = st.lists(FRAGMENTS, max_size=40).map(" ".join)

KEYS = st.sampled_from([word for word in WORDS if word.isidentifier() or "-" in word[1:]])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=5),
    max_leaves=20,
)


def assert_storable(path, content):
    """A result, and what a database with a strict notion of text and JSON would give back for it."""
    read = read_manifest(path, content)
    assert read.path == path
    assert (read.manifest is None) == (read.problem is not None)
    stored = StoredManifest(content_hash="1" * 64, read=read)
    row = manifest_row(1, stored)
    kept = json.dumps({"facts": row["facts"], "problem": row["problem"]}, ensure_ascii=False, allow_nan=False)
    kept.encode()
    assert "\\u0000" not in kept

    class Row:
        read_as = READ_AS
        content_hash = "1" * 64

    Row.path, Row.facts, Row.problem = path, json.loads(kept)["facts"], row["problem"]
    assert stored_manifest(Row) == stored


@pytest.mark.parametrize("path", PATHS)
@given(text=TEXTS)
def test_any_words_give_a_result(path, text):
    assert_storable(path, text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("path", ["package.json", "composer.json"])
@given(value=VALUES)
def test_any_json_gives_a_result(path, value):
    assert_storable(path, json.dumps(value).encode())


@pytest.mark.parametrize("path", ["Cargo.toml", "pyproject.toml"])
@given(tables=st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_any_toml_gives_a_result(path, tables):
    lines = [
        f"{json.dumps(table)}.{json.dumps(key)} = {toml(value)}"
        for table, held in tables.items()
        for key, value in held.items()
    ]
    assert_storable(path, "\n".join(lines).encode())


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return '""' if value is None else json.dumps(value)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "/*",
        "/",
        '"',
        "'",
        '"""',
        "(",
        "[",
        "<a>",
        "#",
        " ",
        "\n",
        ":",
        ",",
        "- ",
        "a",
        "a,",
        "\\",
        "x=1\n",
        "<!--",
    ],
)
def test_no_repetition_takes_long(path, unit):
    """What is quadratic takes minutes for this, and so more time than a test has."""
    assert_storable(path, unit.encode() * (200_000 // len(unit)))


@pytest.mark.parametrize(
    "text",
    [
        "{ :a, " * 30_000,
        "'%s" % ("a:" * 90_000),
        'dependencies { implementation("' + "a:" * 90_000,
        "version " + " " * 190_000 + "x",
        "gem " + "'a', " * 30_000,
        "packages: [" + "a, " * 60_000,
        "(" * 2_000 + ")" * 2_000,
        "setup(" + "dict(a=" * 10_000,
        "x = " + "[" * 150 + "1" + "]" * 150,
    ],
)
def test_no_near_miss_takes_long(text):
    for path in PATHS:
        assert_storable(path, text.encode())


def test_every_manifest_has_a_reader():
    assert all(manifest_kind(path) for path in PATHS)
    assert manifest_kind("a/.gemspec") is None
    assert manifest_kind("a/package.json.bak") is None
