import pytest

from kodit.infrastructure.channels.release_names import commit, release_name


@pytest.mark.parametrize(
    "name",
    [
        "nixos-25.05pre770010.0a1b2c3d4e5f",
        "nixos-24.05.1234.0a1b2c3d",
        "nixpkgs-25.11beta12.0a1b2c",
        "nixpkgs-darwin-24.05.77.0a1b2c3d4e5f",
        "nixos-16.09.1829.f88e9a7",
    ],
)
def test_the_folder_of_a_release_names_it(name: str) -> None:
    assert release_name(["", "nixos", "unstable", name]) == name
    assert release_name(["nixos-25.05.1.aaaaaa", name, "store"]) == name


@pytest.mark.parametrize("folder", ["nixos-unstable", "nixos-25.05", "nixpkgs-24.05-darwin", "", "packages", "x%00"])
def test_the_folder_of_a_channel_is_no_release(folder: str) -> None:
    assert release_name(["channels", folder]) is None


@pytest.mark.parametrize(
    ("said", "told"), [("a1" * 20 + "\n", "a1" * 20), ("A1" * 20, None), ("a1" * 19, None), ("", None)]
)
def test_a_commit_is_forty_digits(said: str, told: str | None) -> None:
    assert commit(said) == told
