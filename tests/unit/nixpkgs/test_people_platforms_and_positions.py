import pytest

from kodit.domain.nixpkgs.maintainers import maintainers
from kodit.domain.nixpkgs.nix_package import Maintainer, Position
from kodit.domain.nixpkgs.platforms import platforms
from kodit.domain.nixpkgs.positions import position


@pytest.mark.parametrize(
    ("said", "people"),
    [
        (["Domen Kožar <domen@dev.si>"], [Maintainer("Domen Kožar", "domen@dev.si")]),
        ("Domen Kožar <domen@dev.si>", [Maintainer("Domen Kožar", "domen@dev.si")]),
        (["Balaji<b@gmail.com>"], [Maintainer("Balaji", "b@gmail.com")]),
        (["<b@gmail.com>"], [Maintainer("b@gmail.com", "b@gmail.com")]),
        (["b@gmail.com"], [Maintainer("b@gmail.com", "b@gmail.com")]),
        (["MindTooth"], [Maintainer("MindTooth")]),
        (["Rok <mrok AT users DOT sourceforge DOT net>"], [Maintainer("Rok")]),
        (["A <a@x.org>, B <b@x.org>"], [Maintainer("A", "a@x.org"), Maintainer("B", "b@x.org")]),
        ([{"name": "A", "email": "a@x.org", "github": "a-b"}], [Maintainer("A", "a@x.org", "a-b")]),
        ([{"email": "a@x.org"}], [Maintainer("a@x.org", "a@x.org")]),
        ([{"github": "a"}], [Maintainer("a", None, "a")]),
        ([{"name": "A", "email": "none", "github": "not a name"}], [Maintainer("A")]),
        (["A <a@x.org>", "A <a@x.org>"], [Maintainer("A", "a@x.org")]),
        ([1126, None, {}, "", "<>", []], []),
        (None, []),
    ],
)
def test_maintainers_are_known_by_name_and_address(said: object, people: list[Maintainer]) -> None:
    assert list(maintainers(said)) == people


@pytest.mark.parametrize(
    ("said", "systems"),
    [
        (["x86_64-linux", "aarch64-darwin", "x86_64-linux"], ["aarch64-darwin", "x86_64-linux"]),
        ("x86_64-linux", ["x86_64-linux"]),
        ([{"system": "riscv64-linux", "isLinux": True}], ["riscv64-linux"]),
        ([{"cpu": {"name": "i686", "bits": 32}, "kernel": {"name": "linux"}}], ["i686-linux"]),
        ([{"kernel": {"name": "linux"}}, {"cpu": {"bits": 64}}, {"system": 3}], []),
        (["linux", "X86 LINUX", "", 7, None, "a-b-c"], []),
        (None, []),
    ],
)
def test_platforms_are_the_names_of_systems(said: object, systems: list[str]) -> None:
    assert list(platforms(said)) == systems


@pytest.mark.parametrize(
    ("said", "root", "path"),
    [
        ("pkgs/a/b.nix:3", "", "pkgs/a/b.nix"),
        ("./pkgs/a/b.nix:3", "", "pkgs/a/b.nix"),
        ("/nix/store/abc-source/pkgs/tools/b.nix:3", "", "pkgs/tools/b.nix"),
        ("/home/me/pkgs/nixpkgs/pkgs/tools/b.nix:3", "", "pkgs/tools/b.nix"),
        ("/nix/store/abc-source/other/b.nix:3", "", "other/b.nix"),
        ("/home/me/tree/flake.nix:3", "/home/me/tree", "flake.nix"),
        ("/home/me/tree2/flake.nix:3", "/home/me/tree", "/home/me/tree2/flake.nix"),
        ("/home/me/tree/pkgs/a:b.nix:3", "/home/me/tree/", "pkgs/a:b.nix"),
    ],
)
def test_a_position_is_told_from_the_root_of_the_tree(said: str, root: str, path: str) -> None:
    assert position(said, root) == Position(path, 3)


@pytest.mark.parametrize(
    "said", ["a.nix", "a.nix:0", "a.nix:-1", ":3", "a.nix:x", "", None, 3, {"file": "a", "line": 3}]
)
def test_what_is_no_line_of_a_file_is_no_position(said: object) -> None:
    assert position(said) is None
