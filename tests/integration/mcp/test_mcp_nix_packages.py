"""What assistants are answered about packages of nixpkgs."""

import asyncio
import re
import shutil
from dataclasses import replace

import pytest
from assistant_world import asked_by

import kodit
from kodit.domain.access.caller import Caller
from kodit.domain.access.scope import Scope
from kodit.interfaces.mcp.sheet import BYTES_PER_TOKEN, USUAL_TOKENS
from package_world import with_channels


@pytest.fixture(scope="module")
def channels(tmp_path_factory):
    root = tmp_path_factory.mktemp("channels")
    asyncio.run(with_channels(root / "data", root))
    return root / "data"


@pytest.fixture
async def over_channels(channels, tmp_path):
    async with kodit.open(shutil.copytree(channels, tmp_path / "data"), workers=1) as engine:
        yield engine


def lines_of(said):
    return [re.sub(r"(?<= at )[0-9a-f]{10}\b", "RELEASE", line) for line in said.splitlines()]


async def test_packages_are_a_line_each_and_end_in_the_age_of_their_channel(over_channels):
    said = await asked_by(over_channels).ask("nix_packages", query="text web browser", source="team/nixos", limit=2)
    assert lines_of(said) == [
        "w3m 0.5 (broken): A text-mode web browser",
        "firefox 47.0: A web browser",
        "index: team/nixos indexed just now at RELEASE",
    ]


async def test_what_is_asked_for_by_its_attribute_path_is_told_in_full_in_each_channel(over_channels):
    said = await asked_by(over_channels).ask("nix_packages", query="firefox", limit=2)
    assert lines_of(said) == [
        "## firefox 99.0 in nixos",
        "licence: MIT",
        "platforms: all",
        "## firefox 47.0 in team/nixos: A web browser",
        "licence: MPL-2.0",
        "program: ff",
        "homepage: https://firefox.example",
        "platforms: i686-linux, x86_64-linux",
        "maintainers: ann",
        "implemented in: pkgs/browsers/firefox.nix:12",
        "Shows pages.",
        "",
        "And more pages.",
        "index: nixos indexed just now at RELEASE; team/nixos indexed just now at RELEASE",
    ]
    odd = await asked_by(over_channels).ask("nix_packages", query='sets."a/b.c"', limit=1)
    assert odd.startswith('## sets."a/b.c" 1 in team/nixos: What is called oddly\nname: odd\nlicence: MIT\n')


async def test_a_release_is_called_what_its_makers_call_it(over_channels):
    async with over_channels.storage.write() as unit:
        source = await unit.sources.named("nixos")
        channel = await unit.channels.of(source.id)
        await unit.channels.save(replace(channel, release_name="nixos-16.09pre8"))
    said = await asked_by(over_channels).ask("nix_packages", query="firefox", source="nixos")
    assert said.splitlines()[-1] == "index: nixos (nixos-16.09pre8) indexed just now"


async def test_what_was_understood_and_what_is_only_near_is_told(over_channels):
    assistant = asked_by(over_channels)
    said = await assistant.ask("nix_packages", query="fierfox", limit=1)
    assert said.splitlines()[:2] == ["Nothing is called fierfox; looked for firefox.", "firefox 99.0 in nixos"]
    assert "firefox" not in await assistant.ask("nix_packages", query="browser", license="MIT", source="team/nixos")
    assert "Nothing found." in await assistant.ask("nix_packages", query="?!", source="team/nixos")
    assert "did you mean MIT" in await assistant.refused("nix_packages", query="browser", license="MTI")
    assert "there is nothing to look for" in await assistant.refused("nix_packages", query=" ")


async def test_an_answer_is_short_however_much_there_is(over_channels):
    said = await asked_by(over_channels).ask("nix_packages", query="browser", limit=100)
    assert len(said.encode()) <= USUAL_TOKENS * BYTES_PER_TOKEN
    assert len(said.splitlines()) <= 6


async def test_what_is_wrong_names_a_tool_and_no_command(over_channels):
    assistant = asked_by(over_channels)
    assert (await assistant.refused("nix_packages", query="x", source="shop")).splitlines() == [
        "error: there is no channel named shop",
        "remedy: call list_sources",
    ]
    unknown = await assistant.refused("nix_packages", query="x", license="NOPE")
    assert "remedy: call nix_packages without license: with an attribute path" in unknown


async def test_a_channel_that_the_key_does_not_see_is_not_there(over_channels):
    caller = Caller(name="team", scopes=frozenset({Scope.READ}), sources=frozenset({"nixos"}))
    assistant = asked_by(over_channels, caller)
    said = await assistant.ask("nix_packages", query="web browser")
    assert ("team/nixos" in said, "w3m" in said, lines_of(said)[-1]) == (
        False,
        False,
        "index: nixos indexed just now at RELEASE",
    )
    assert "no channel named team/nixos" in await assistant.refused("nix_packages", query="x", source="team/nixos")
