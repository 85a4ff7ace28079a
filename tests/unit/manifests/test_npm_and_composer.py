"""package.json, pnpm-workspace.yaml and composer.json."""

import json

import pytest
from reading_manifests import DEV, OPTIONAL, PEER, RUNTIME, manifest, problem, required


def test_a_package_json_says_what_it_is_and_what_it_requires():
    found = manifest(
        "packages/core/package.json",
        """
        {
          "name": "@acme/core", "version": "1.2.3", "description": "The\\n core.",
          "dependencies": {"left-pad": "^1.0.0", "@acme/util": "workspace:*", "near": "file:../near"},
          "devDependencies": {"jest": ">=29"},
          "peerDependencies": {"react": "18 || 19"},
          "optionalDependencies": {"fsevents": "2"}
        }
        """,
    )
    assert (found.name, found.version, found.description, found.declares) == ("@acme/core", "1.2.3", "The core.", True)
    assert found.members is None
    assert required(found) == [
        ("fsevents", "2", OPTIONAL),
        ("left-pad", "^1.0.0", RUNTIME),
        ("@acme/util", "workspace:*", RUNTIME),
        ("near", "file:../near", RUNTIME, "packages/near"),
        ("react", "18 || 19", PEER),
        ("jest", ">=29", DEV),
    ]


@pytest.mark.parametrize(
    "workspaces", ['["packages/*", "./apps/web/", "!packages/old"]', '{"packages": ["packages/*"]}']
)
def test_workspaces_are_patterns_from_the_sources_root(workspaces):
    found = manifest("web/package.json", f'{{"private": true, "workspaces": {workspaces}}}')
    assert found.members[0] == "web/packages/*"
    assert set(found.members[1:]) <= {"web/apps/web", "!web/packages/old"}


def test_a_package_json_that_only_tells_how_to_read_files_makes_no_package():
    assert not manifest("dist/esm/package.json", '{"type": "module"}').declares
    assert manifest("app/package.json", '{"private": true, "scripts": {}}').declares


def test_a_requirement_tells_no_password():
    found = manifest("package.json", '{"dependencies": {"x": "git+https://me:secret@example.com/x.git"}}')
    assert "secret" not in found.requirements[0].requirement


@pytest.mark.parametrize(
    "text",
    [
        "packages:\n  - 'packages/*'\n  # all\n  - \"apps/**\" # and these\n  - !old\n  - plain\ncatalog:\n  - x",
        "packages: ['packages/*', \"apps/**\", '!old', plain]\ncatalog:\n  a: 1",
        "catalog:\n  packages: 1\npackages:\n- packages/*\n- apps/**\n- '!old'\n- plain\n",
    ],
)
def test_the_list_of_a_pnpm_workspace_is_read_in_every_form(text):
    found = manifest("pnpm-workspace.yaml", text)
    assert (found.declares, found.members) == (False, ("packages/*", "apps/**", "!old", "plain"))


@pytest.mark.parametrize("name", ["package.json", "composer.json"])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "Expecting property name"),
        (b"[]", "not a JSON object"),
        (b"\0\0", "no text"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b" " * 600_000, "larger than 512 KiB"),
    ],
)
def test_what_cannot_be_read_is_told(name, content, why):
    assert why in problem(name, content)


def test_wrong_types_count_for_nothing():
    held = {
        "name": ["x"],
        "version": 2,
        "description": {},
        "dependencies": [1],
        "devDependencies": {"x": None, "": "1"},
    }
    found = manifest("package.json", json.dumps(held | {"workspaces": {"packages": "a"}}))
    assert (found.name, found.version, found.description) == (None, "2", None)
    assert (required(found), found.members) == ([("x", "", DEV)], ())


def test_a_composer_json_leaves_out_what_comes_with_php():
    found = manifest(
        "composer.json",
        """
        {"name": "acme/shop", "description": "A shop",
         "require": {"php": ">=8.1", "ext-json": "*", "symfony/console": "^6"},
         "require-dev": {"phpunit/phpunit": "10"},
         "repositories": [{"type": "path", "url": "packages/*"}, {"type": "vcs", "url": "https://example.com"}]}
        """,
    )
    assert (found.name, found.members) == ("acme/shop", ("packages/*",))
    assert required(found) == [("symfony/console", "^6", RUNTIME), ("phpunit/phpunit", "10", DEV)]
