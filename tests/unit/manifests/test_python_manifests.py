"""pyproject.toml, setup.cfg and setup.py."""

import pytest
from reading_manifests import BUILD, DEV, OPTIONAL, RUNTIME, manifest, problem, required


def test_a_project_is_read_as_pep_621_has_it():
    found = manifest(
        "libs/a/pyproject.toml",
        """
        [build-system]
        requires = ["hatchling>=1"]
        [project]
        name = "acme-a"
        version = "1.0"
        description = "A"
        dependencies = ["httpx[http2] >=0.27,<1 ; python_version > '3.8'", "Acme_B", "x @ https://example.com/x.whl"]
        [project.optional-dependencies]
        cli = ["typer (>=0.9)"]
        [dependency-groups]
        test = ["pytest>=8", {include-group = "more"}]
        [tool.uv.sources]
        acme-b = { path = "../b" }
        [tool.uv.workspace]
        members = ["libs/*"]
        exclude = ["libs/old"]
        """,
    )
    assert (found.name, found.version, found.description) == ("acme-a", "1.0", "A")
    assert required(found) == [
        ("httpx", ">=0.27,<1", RUNTIME),
        ("Acme_B", "", RUNTIME, "libs/b"),
        ("x", "@ https://example.com/x.whl", RUNTIME),
        ("typer", ">=0.9", OPTIONAL),
        ("pytest", ">=8", DEV),
        ("hatchling", ">=1", BUILD),
    ]
    assert found.members == ("libs/a/libs/*", "!libs/a/libs/old")


def test_a_project_is_read_as_poetry_has_it():
    found = manifest(
        "pyproject.toml",
        """
        [tool.poetry]
        name = "shop"
        version = "2.1"
        [tool.poetry.dependencies]
        python = "^3.11"
        requests = "^2.31"
        extra = { version = "1", optional = true }
        near = { path = "libs/near", develop = true }
        many = [{ version = "1", python = "<3.12" }, { version = "2" }]
        [tool.poetry.group.test.dependencies]
        pytest = "*"
        """,
    )
    assert (found.name, found.version) == ("shop", "2.1")
    assert required(found) == [
        ("requests", "^2.31", RUNTIME),
        ("extra", "1", OPTIONAL),
        ("near", "", RUNTIME, "libs/near"),
        ("many", "1", RUNTIME),
        ("pytest", "*", DEV),
    ]


def test_settings_of_tools_make_no_package():
    assert not manifest("pyproject.toml", "[tool.ruff]\nline-length = 120").declares
    assert not manifest("setup.cfg", "[flake8]\nmax-line-length = 120").declares
    assert not manifest("setup.py", "import sys\nprint(sys.argv)").declares


def test_a_setup_cfg_is_read():
    found = manifest(
        "setup.cfg",
        """
        [metadata]
        name = old-style
        version = attr: old.__version__
        description = It still works
        [options]
        packages = find:
        install_requires =
            attrs>=20
            six ; python_version < "3"
        [options.extras_require]
        docs = sphinx
        """,
    )
    assert (found.name, found.version, found.description) == ("old-style", None, "It still works")
    assert required(found) == [("attrs", ">=20", RUNTIME), ("six", "", RUNTIME), ("sphinx", "", OPTIONAL)]


def test_a_setup_py_is_read_as_far_as_it_is_literal_and_never_executed(tmp_path):
    found = manifest(
        "setup.py",
        f"""
        import pathlib, setuptools
        NAME = "literal"
        REQUIRES = ["attrs", "six>=1"] + EXTRA
        TWICE = "a"
        TWICE = "b"
        meta = dict(version="1." "0", description=pathlib.Path("README").read_text())
        open({str(tmp_path / "executed")!r}, "w").close()
        setuptools.setup(
            name=NAME, url=TWICE, install_requires=REQUIRES, extras_require={{"x": ("y",), **more}}, **meta
        )
        """,
    )
    assert (found.name, found.version, found.description, found.declares) == ("literal", "1.0", None, True)
    assert required(found) == [("attrs", "", RUNTIME), ("six", ">=1", RUNTIME), ("y", "", OPTIONAL)]
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("pyproject.toml", b"[project\n", "Expected ']'"),
        ("pyproject.toml", b"a = " + b"[" * 200_000, "nested too deeply"),
        ("setup.cfg", b"name = x\n", "no section headers"),
        ("setup.py", b"print 'Python 2'\n", "no Python"),
        ("setup.py", b"(" * 100_000, ""),
        ("setup.py", b"-" * 100_000 + b"1", ""),
        ("setup.py", b"a" + b".a" * 100_000, ""),
    ],
)
def test_what_cannot_be_read_is_told(path, content, why):
    assert why in problem(path, content)
