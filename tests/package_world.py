"""Two channels of nixpkgs, each a list of packages on disk."""

import json
from pathlib import Path
from typing import Any

import kodit

FREE = {"spdxId": "MIT", "fullName": "MIT License"}
FIREFOX = {
    "name": "firefox-47.0",
    "system": "x86_64-linux",
    "meta": {
        "description": "A web browser",
        "longDescription": "Shows pages.\n\nAnd more pages.",
        "homepage": "https://firefox.example",
        "license": {"spdxId": "MPL-2.0", "fullName": "Mozilla Public License 2.0"},
        "maintainers": [{"name": "Ann", "email": "ann@example.org", "github": "ann"}],
        "platforms": ["x86_64-linux", "i686-linux"],
        "mainProgram": "ff",
        "position": "pkgs/browsers/firefox.nix:12",
    },
}
PACKAGES = {
    "firefox": FIREFOX,
    "w3m": {"name": "w3m-0.5", "meta": {"description": "A text-mode web browser", "license": FREE, "broken": True}},
    "python35Packages.numpy": {"name": "python3.5-numpy-1.11", "meta": {"description": "Arrays of numbers"}},
    'sets."a/b.c"': {"name": "odd-1", "meta": {"description": "What is called oddly", "license": FREE}},
    "nameless": {},
}
CHANNELS = {"nixos": {"firefox": {"name": "firefox-99.0", "meta": {"license": FREE}}}, "team/nixos": PACKAGES}


def list_of(path: Path, packages: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"version": 2, "packages": packages}))
    return path


async def add_channel(engine: Any, name: str, path: Path) -> None:
    report = await engine.working_off.index(await engine.channels.add(name, str(path)), wait=True, watch=None)
    assert report.progress.run.state == "completed", report.progress.tasks


async def with_channels(data_dir: Path, root: Path) -> None:
    """Index the channels into a data directory."""
    async with kodit.open(data_dir, workers=1) as engine:
        for name, packages in CHANNELS.items():
            await add_channel(engine, name, list_of(root / f"{name.replace('/', '-')}.json", packages))
