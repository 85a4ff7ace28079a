"""What the real nix-env prints, with the gaps that are told of it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.cleaning import cleaned
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.walk import RawPackage
from kodit.infrastructure.channels.package_lists import read

TREE = """
{ ... }:
let
  package = name: meta: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // { inherit meta; };
  hello = package "hello-2.10" { description = "Greets."; license = { shortName = "gpl3Plus"; spdxId = "GPL-3.0+"; }; };
in {
  inherit hello;
  alias = hello;
  "dotted.name" = package "dotted-1" { };
  asking = { recurseForDerivations = true; inner = package "inner-v1.5" { platforms = [ "i686-linux" ]; }; };
  hidden = { inner = package "hidden-1" { }; };
  BROKEN
}
"""


@pytest.fixture
def printed(require: Callable[[str], None], tmp_path: Path) -> Callable[[str], Path]:
    require("nix")
    places = {f"NIX_{kind}_DIR": str(tmp_path / kind) for kind in ("STATE", "STORE", "LOG", "CONF")}

    def run(broken: str) -> Path:
        tree, file = tmp_path / "default.nix", tmp_path / "printed.json"
        tree.write_text(TREE.replace("BROKEN", broken))
        with file.open("wb") as output:
            command = ["nix-env", "-qaP", "--json", "--meta", "-f", str(tree)]
            subprocess.run(command, stdout=output, env=os.environ | places | {"HOME": str(tmp_path)}, check=True)
        return file

    return run


async def packages(file: Path) -> dict[str, NixPackage]:
    found = [one async for one in read(file)]
    return {str(one.attr): cleaned(one) for one in found if isinstance(one, RawPackage)}


async def test_what_nix_env_prints_is_read_with_its_gaps(printed: Callable[[str], Path]) -> None:
    found = await packages(printed(""))
    [(first, hello), (inner, other)] = sorted(found.items())
    assert first in ("alias", "hello")  # whichever nix-env keeps of several that are the same
    assert (hello.pname, hello.version, hello.description) == ("hello", "2.10", "Greets")
    assert [license.spdx_id for license in hello.licenses] == ["GPL-3.0-or-later"]
    assert (inner, other.pname, other.version, other.is_unsupported) == ("asking.inner", "inner", "1.5", True)


async def test_where_a_field_throws_the_place_is_told_and_what_to_do(printed: Callable[[str], Path]) -> None:
    file = printed('aBad = package "bad-1" { description = throw "no"; };')
    said = file.read_bytes()
    byte = said.index(b"}", said.index(b"description"))
    with pytest.raises(InvalidInput, match=rf"at byte {byte:,}, after 'aBad'") as refused:
        await packages(file)
    assert "evaluate the tree instead" in (refused.value.remedy or "")
