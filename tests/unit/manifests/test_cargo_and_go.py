"""Cargo.toml, go.mod and go.work."""

from reading_manifests import BUILD, DEV, OPTIONAL, RUNTIME, manifest, problem, required


def test_a_cargo_toml_says_what_it_is_and_what_it_requires():
    found = manifest(
        "crates/core/Cargo.toml",
        """
        [package]
        name = "core"
        version = "0.1.0"
        description = "The core"

        [dependencies]
        serde = "1.0"
        log = { version = "0.4", optional = true }
        util = { path = "../util", version = "0.2" }
        old = { package = "new", git = "https://example.com/new" }
        shared = { workspace = true, features = ["x"] }

        [dev-dependencies]
        proptest = "1"

        [build-dependencies]
        cc = "1"

        [target.'cfg(unix)'.dependencies]
        libc = "0.2"
        """,
    )
    assert (found.name, found.version, found.description) == ("core", "0.1.0", "The core")
    assert required(found) == [
        ("serde", "1.0", RUNTIME),
        ("log", "0.4", OPTIONAL),
        ("util", "0.2", RUNTIME, "crates/util"),
        ("new", "https://example.com/new", RUNTIME),
        ("shared", "", RUNTIME),
        ("libc", "0.2", RUNTIME),
        ("proptest", "1", DEV),
        ("cc", "1", BUILD),
    ]
    assert [one.name for one in found.requirements if one.inherited] == ["shared"]


def test_a_workspace_gives_to_its_members():
    found = manifest(
        "Cargo.toml",
        """
        [workspace]
        members = ["crates/*"]
        exclude = ["crates/old"]
        [workspace.package]
        version = "3.0.0"
        [workspace.dependencies]
        shared = { version = "1", path = "crates/shared" }
        """,
    )
    assert not found.declares
    assert found.members == ("crates/*", "!crates/old")
    assert (found.shared.version, found.shared.requirements[0].path) == ("3.0.0", "crates/shared")


def test_a_member_says_what_it_takes_from_its_workspace():
    found = manifest("a/b/Cargo.toml", '[package]\nname = "b"\nversion.workspace = true\nworkspace = "../.."')
    assert (found.version, found.inherited, found.parent) == (None, {"version"}, "Cargo.toml")


def test_a_cargo_toml_that_is_none_is_told():
    assert "Expected ']'" in problem("Cargo.toml", b"[package")


def test_a_go_mod_says_what_its_module_uses_itself():
    found = manifest(
        "tools/go.mod",
        """
        module example.com/tools // the tools

        go 1.22

        require github.com/spf13/cobra v1.8.0
        require (
        \tgolang.org/x/mod v0.15.0
        \t"example.com/lib" v0.0.0
        \tgolang.org/x/sys v0.17.0 // indirect
        )
        replace example.com/lib => ../lib
        replace golang.org/x/mod v0.15.0 => golang.org/x/mod v0.16.0
        """,
    )
    assert (found.name, found.declares) == ("example.com/tools", True)
    assert required(found) == [
        ("github.com/spf13/cobra", "v1.8.0", RUNTIME),
        ("golang.org/x/mod", "v0.15.0", RUNTIME),
        ("example.com/lib", "v0.0.0", RUNTIME, "lib"),
    ]


def test_a_go_work_names_the_directories_it_uses():
    found = manifest("go.work", "go 1.22\nuse .\nuse (\n\t./a\n\t./b/c // here\n)\n")
    assert (found.declares, found.members) == (False, ("", "a", "b/c"))
