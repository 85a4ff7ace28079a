"""What the manifests of a source say together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.sources.manifest import PackageKind, ReadManifest, StoredManifest
from kodit.domain.sources.workspace import packages_of
from kodit.infrastructure.manifests.reading import read_manifest

CARGO, GO, MAVEN, GRADLE, PYTHON, DOTNET, GEM, COMPOSER, MIX, NPM, DIRECTORY = PackageKind


def read(contents):
    """Manifests as they are stored, from their contents by path."""
    return {
        path: StoredManifest(content_hash=f"{hash(content):x}", read=read_manifest(path, content.encode()))
        for path, content in contents.items()
    }


def packages(contents, *, others=()):
    found = packages_of(read(contents), [*contents, *others], source_name="demo")
    return {package.key: package for package in found}


def targets(package):
    return {one.name: one.target and one.target.path for one in package.requirements}


def npm(name, *requirements, **more):
    listed = ", ".join(f'"{one}": "*"' for one in requirements)
    extra = "".join(f', "{key}": {value}' for key, value in more.items())
    return f'{{"name": "{name}", "dependencies": {{{listed}}}{extra}}}'


class TestWhatPackagesThereAre:
    def test_a_source_without_manifests_is_one_plain_package(self):
        [package] = packages({}, others=["src/a.py"]).values()
        assert (package.path, package.kind, package.name, package.manifest) == ("", DIRECTORY, "demo", None)

    def test_a_source_without_files_has_none(self):
        assert packages({}) == {}

    def test_files_outside_of_every_package_belong_to_the_root(self):
        assert set(packages({"a/package.json": npm("a")}, others=["a/x.js"])) == {("a", NPM)}
        assert set(packages({"a/package.json": npm("a")}, others=["x.js"])) == {("", DIRECTORY), ("a", NPM)}

    def test_a_package_without_a_name_bears_that_of_its_directory(self):
        found = packages({"web/app/package.json": '{"private": true, "version": "1"}', "Gemfile": "gem 'x'"})
        assert {package.name for package in found.values()} == {"app", "demo"}

    def test_several_manifests_of_one_kind_are_one_package_and_the_first_has_the_word(self):
        found = packages(
            {
                "setup.py": 'from setuptools import setup\nsetup(name="old", version="1", install_requires=["six"])',
                "setup.cfg": "[metadata]\ndescription = from setup.cfg",
                "pyproject.toml": '[project]\nname = "new"\ndependencies = ["attrs"]',
            }
        )
        package = found["", PYTHON]
        assert (package.name, package.version, package.description) == ("new", "1", "from setup.cfg")
        assert (package.manifest, [one.name for one in package.requirements]) == ("pyproject.toml", ["attrs", "six"])

    def test_manifests_of_several_kinds_are_several_packages(self):
        assert list(packages({"package.json": npm("a"), "Cargo.toml": '[package]\nname = "b"'})) == [
            ("", CARGO),
            ("", NPM),
        ]

    def test_a_manifest_that_cannot_be_read_leaves_a_plain_package(self):
        found = packages({"a/package.json": "{", "a/b/package.json": npm("b")}, others=["a/x.js"])
        assert list(found) == [("a", DIRECTORY), ("a/b", NPM)]
        assert (found["a", DIRECTORY].name, found["a", DIRECTORY].manifest) == ("a", "a/package.json")

    def test_one_that_cannot_be_read_beside_one_that_can_costs_nothing(self):
        assert list(packages({"setup.py": "print 1", "pyproject.toml": '[project]\nname = "x"'})) == [("", PYTHON)]


class TestInheritance:
    def test_a_crate_takes_from_its_workspace_what_it_says_it_does(self):
        found = packages(
            {
                "Cargo.toml": '[workspace]\nmembers = ["*"]\n[workspace.package]\nversion = "3.1"\ndescription = "d"\n'
                '[workspace.dependencies]\nutil = { path = "util" }\nserde = "1"\nlog = "2"',
                "core/Cargo.toml": '[package]\nname = "core"\nversion.workspace = true\n[dependencies]\n'
                'util = { workspace = true }\nserde.workspace = true\nlog = "9"',
                "util/Cargo.toml": '[package]\nname = "util"\nversion = "0.1"',
            }
        )
        core = found["core", CARGO]
        assert (core.version, core.description, found["util", CARGO].version) == ("3.1", None, "0.1")
        assert [one.requirement for one in core.requirements] == ["", "1", "9"]
        assert targets(core) == {"util": "util", "serde": None, "log": None}

    def test_a_pom_takes_versions_and_properties_from_its_parents(self):
        parent = (
            "<parent><groupId>g</groupId><artifactId>{}</artifactId><version>${{revision}}</version>{}</parent>"
            "<artifactId>{}</artifactId>"
        )
        lib = "<dependency><groupId>x</groupId><artifactId>lib</artifactId>{}</dependency>"
        sibling = "<dependency><groupId>${project.groupId}</groupId><artifactId>core</artifactId></dependency>"
        managed = f"<dependencyManagement><dependencies>{lib.format('<version>${lib}</version>')}</dependencies>"
        found = packages(
            {
                "pom.xml": "<project><groupId>g</groupId><artifactId>root</artifactId><version>${revision}</version>"
                f"<properties><revision>7</revision><lib>2.${{minor}}</lib><minor>1</minor></properties>{managed}"
                "</dependencyManagement></project>",
                "a/pom.xml": f"<project>{parent.format('root', '', 'a')}<properties><minor>5</minor></properties>"
                f"<dependencies>{lib.format('')}{sibling}</dependencies></project>",
                "core/pom.xml": f"<project>{parent.format('elsewhere', '', 'core')}</project>",
            }
        )
        assert (found["a", MAVEN].name, found["a", MAVEN].version) == ("g:a", "7")
        assert [one.requirement for one in found["a", MAVEN].requirements] == ["2.5", ""]
        assert targets(found["a", MAVEN]) == {"x:lib": None, "g:core": "core"}
        # What lies above it is not the parent that it names.
        assert found["core", MAVEN].version == "${revision}"

    def test_poms_that_inherit_from_each_other_end(self):
        text = "<project><artifactId>{}</artifactId><parent><artifactId>{}</artifactId>{}</parent></project>"
        place = "<relativePath>../{}/pom.xml</relativePath>"
        found = packages(
            {
                "a/pom.xml": text.format("a", "b", place.format("b")),
                "b/pom.xml": text.format("b", "a", place.format("a")),
            }
        )
        assert len(found) == 2

    def test_subprojects_of_gradle_take_group_and_version_from_the_root(self):
        found = packages(
            {
                "settings.gradle": "rootProject.name = 'acme'\ninclude ':core', ':apps:web'",
                "build.gradle": "allprojects { group = 'com.acme'\n version = '2.0' }",
                "core/build.gradle": "version = '2.1'",
                "apps/web/build.gradle": "dependencies {\n api project(':core')\n api 'com.acme:core:1'\n api 'x:y:1'}",
            }
        )
        assert {package.name: package.version for package in found.values()} == {
            "com.acme:acme": "2.0",
            "com.acme:core": "2.1",
            "com.acme:web": "2.0",
        }
        assert targets(found["apps/web", GRADLE]) == {":core": "core", "com.acme:core": "core", "x:y": None}

    def test_projects_of_dotnet_take_versions_from_the_files_above(self):
        found = packages(
            {
                "Directory.Build.props": "<Project><PropertyGroup><Version>5.0</Version></PropertyGroup></Project>",
                "src/Directory.Packages.props": '<Project><ItemGroup><PackageVersion Include="Log" Version="3" />'
                "</ItemGroup></Project>",
                "src/App/App.csproj": '<Project><ItemGroup><PackageReference Include="Log" />'
                '<ProjectReference Include="..\\Core\\Core.csproj" /></ItemGroup></Project>',
                "src/Core/Core.csproj": "<Project><PropertyGroup><Version>1</Version></PropertyGroup></Project>",
            }
        )
        app = found["src/App", DOTNET]
        assert (app.version, found["src/Core", DOTNET].version) == ("5.0", "1")
        assert ([one.requirement for one in app.requirements], targets(app)) == (
            ["3", ""],
            {"Log": None, "Core": "src/Core"},
        )

    def test_what_a_package_inherits_from_counts_for_its_hash(self):
        root = '[workspace]\n[workspace.package]\nversion = "{}"'
        member = '[package]\nname = "a"\nversion.workspace = true'
        hashes = [
            packages({"Cargo.toml": root.format(version), "a/Cargo.toml": member})["a", CARGO].manifest_hash
            for version in (1, 1, 2)
        ]
        assert hashes[0] == hashes[1] != hashes[2]


class TestWhoRequiresWhom:
    def test_members_of_an_npm_workspace_require_each_other_by_name(self):
        found = packages(
            {
                "package.json": npm("root", workspaces='["packages/*", "!packages/old"]'),
                "packages/a/package.json": npm("a", "b", "react", "old"),
                "packages/b/package.json": npm("b"),
                "packages/old/package.json": npm("old"),
                "test/fixtures/react/package.json": npm("react", "b"),
            }
        )
        # What a member requires comes from its workspace or from elsewhere, not from a fixture of the same name.
        assert targets(found["packages/a", NPM]) == {"b": "packages/b", "react": None, "old": None}
        assert targets(found["test/fixtures/react", NPM]) == {"b": "packages/b"}

    def test_a_pnpm_workspace_is_one_too(self):
        found = packages(
            {
                "package.json": npm("root"),
                "pnpm-workspace.yaml": "packages:\n  - 'libs/**'",
                "libs/x/a/package.json": npm("a", "b"),
                "libs/b/package.json": npm("b"),
                "b/package.json": npm("b"),
            }
        )
        assert targets(found["libs/x/a", NPM]) == {"b": "libs/b"}

    def test_braces_name_several_directories(self):
        found = packages(
            {
                "package.json": npm("root", workspaces='["{apps,libs}/*"]'),
                "apps/a/package.json": npm("a", "b"),
                "libs/b/package.json": npm("b"),
            }
        )
        assert targets(found["apps/a", NPM]) == {"b": "libs/b"}

    def test_of_several_with_one_name_none_is_meant(self):
        found = packages({"a/package.json": npm("a", "x"), "x/package.json": npm("x"), "y/package.json": npm("x")})
        assert targets(found["a", NPM]) == {"x": None}

    def test_a_path_decides_where_there_is_one(self):
        found = packages(
            {
                "a/Cargo.toml": '[package]\nname = "a"\n[dependencies]\nb = {path = "../b"}\nc = "1"\nd = {path = "d"}',
                "b/Cargo.toml": '[package]\nname = "b"',
                "c/Cargo.toml": '[package]\nname = "c"',
            }
        )
        assert targets(found["a", CARGO]) == {"b": "b", "c": None, "d": None}

    def test_modules_of_go_require_each_other_by_path_of_module(self):
        found = packages(
            {"go.work": "use ./a\nuse ./b", "a/go.mod": "module x/a\nrequire x/b v0.0.0", "b/go.mod": "module x/b"}
        )
        assert (set(found), targets(found["a", GO])) == ({("a", GO), ("b", GO), ("", DIRECTORY)}, {"x/b": "b"})

    def test_names_of_python_packages_are_compared_as_pep_503_has_it(self):
        found = packages(
            {
                "a/pyproject.toml": '[project]\nname = "a"\ndependencies = ["Acme_Core.Lib>1", "a[extra]"]',
                "b/pyproject.toml": '[project]\nname = "acme-core-lib"',
            }
        )
        assert targets(found["a", PYTHON]) == {"Acme_Core.Lib": "b", "a": None}

    def test_apps_of_an_umbrella_and_gems_with_a_path_are_found(self):
        found = packages(
            {
                "mix.exs": 'use Mix.Project\napps_path: "apps"',
                "apps/web/mix.exs": "use Mix.Project\napp: :web\n{:core, in_umbrella: true}",
                "apps/core/mix.exs": "use Mix.Project\napp: :core",
                "Gemfile": 'gem "engine", path: "engines/engine"',
                "engines/engine/engine.gemspec": 's.name = "engine"',
            }
        )
        assert targets(found["apps/web", MIX]) == {"core": "apps/core"}
        assert targets(found["", GEM]) == {"engine": "engines/engine"}


MANIFESTS = {
    "package.json": [npm("a", "b"), npm("b", "a", workspaces='["*"]'), "{", '{"type": "module"}'],
    "Cargo.toml": ['[package]\nname = "a"\nversion.workspace = true', "[workspace]\nmembers = ['*']", "["],
    "pom.xml": ["<project><artifactId>a</artifactId><parent><artifactId>b</artifactId></parent></project>", "<"],
}
PLACES = st.sampled_from([f"{directory}{name}" for directory in ("", "a/", "a/b/", "c/") for name in MANIFESTS])
CONTENTS = st.dictionaries(PLACES, st.integers(0, 3), max_size=8).map(
    lambda chosen: {
        path: MANIFESTS[path.rpartition("/")[2]][number % len(MANIFESTS[path.rpartition("/")[2]])]
        for path, number in chosen.items()
    }
)


@given(CONTENTS, st.permutations(range(8)))
def test_the_order_in_which_manifests_are_known_changes_nothing(contents, order):
    manifests = read(contents)
    shuffled = dict(sorted(manifests.items(), key=lambda entry: order[hash(entry[0]) % 8]))
    found = packages_of(manifests, list(contents), source_name="demo")
    assert found == packages_of(shuffled, list(contents), source_name="demo")
    assert [package.key for package in found] == sorted({package.key for package in found}, key=found_at)


def found_at(key):
    return key.path, list(PackageKind).index(key.kind)


@pytest.mark.parametrize("kind", [MAVEN, CARGO, NPM])
def test_a_target_is_always_a_package_of_the_source(kind):
    found = packages({f"{place}{name}": texts[0] for name, texts in MANIFESTS.items() for place in ("", "a/", "a/b/")})
    for package in found.values():
        assert {one.target for one in package.requirements} - {None} <= set(found)


def test_a_problem_alone_is_no_manifest():
    broken = StoredManifest(content_hash="1", read=ReadManifest(path="x/go.mod", manifest=None, problem="no text"))
    [package] = packages_of({"x/go.mod": broken}, ["x/go.mod"], source_name="demo")
    assert (package.key, package.name) == (("x", DIRECTORY), "x")
