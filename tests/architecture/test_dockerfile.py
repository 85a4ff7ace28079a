"""The image of the nixpkgs job is made of what is there, and runs as nobody in particular."""

import json
import re
import tomllib
from fnmatch import fnmatch

from source_tree import ROOT

# A line that ends in a backslash goes on.
LINES = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text()).splitlines()
    if line and not line.startswith("#")
]
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "ENV", "ENTRYPOINT"}
LAST = [index for index, (word, _) in enumerate(LINES) if word == "FROM"][-1]


def _all(instruction: str, *, last_stage: bool = False) -> list[str]:
    return [rest for word, rest in (LINES[LAST:] if last_stage else LINES) if word == instruction]


def _copied() -> list[str]:
    """What comes out of the context."""
    return [source for copy in _all("COPY") if "--from=" not in copy for source in copy.split()[:-1]]


def test_every_instruction_is_one_that_exists() -> None:
    assert {word for word, _ in LINES} <= KNOWN


def test_it_runs_as_a_user_that_it_makes_and_who_is_not_root() -> None:
    [user] = _all("USER", last_stage=True)
    assert user not in ("root", "0")
    [made] = [run for run in _all("RUN", last_stage=True) if "useradd" in run]
    assert re.search(rf"useradd [^&]*\b{user}\b", made)


def test_it_runs_what_the_mode_says() -> None:
    assert json.loads(_all("ENTRYPOINT", last_stage=True)[0]) == ["kodit", "nix", "build"]


def test_the_job_finds_nix_and_may_write_where_artifacts_go() -> None:
    installed = " ".join(_all("RUN", last_stage=True))
    assert re.search(r"apt-get install [^&]*\bnix-bin\b", installed)
    assert re.search(r"--owner kodit /out\b", installed)


def test_what_is_copied_is_there_and_not_ignored() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for source in _copied():
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in kept), source
    assert {*_copied()} == {*kept}


def test_all_that_a_build_of_the_package_reads_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    read = [project["project"]["readme"], *project["project"]["license-files"]]
    read += project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {"src", "pyproject.toml", *read} <= {*_copied()}


def test_the_extras_that_it_installs_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    [installed] = re.findall(r"'\.\[([a-z,]+)\]'", " ".join(_all("RUN")))
    assert {*installed.split(",")} <= extras.keys()


def test_both_stages_are_of_one_python_that_the_package_allows() -> None:
    [image] = {line.split()[0] for line in _all("FROM")}
    found = re.fullmatch(r"python:3\.(\d+)-slim-\w+", image)
    assert found
    assert int(found[1]) >= 11
