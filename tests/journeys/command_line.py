"""The command `kodit` as a process of its own, as a user has it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KODIT = (sys.executable, "-m", "kodit")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """What follows `error: `."""
        return next((line[7:] for line in self.err.splitlines() if line.startswith("error: ")), "")

    @property
    def remedy(self) -> str:
        """What follows `remedy: `."""
        return next((line[8:] for line in self.err.splitlines() if line.startswith("remedy: ")), "")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """`kodit` with a data directory of its own, and nothing of the user's environment that could change it."""

    data_dir: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KODIT_", "NO_COLOR"))}
        ours = {
            "KODIT_DATA_DIR": str(self.data_dir),
            "KODIT_CONFIG": str(self.data_dir.parent / "no-such.toml"),
            "KODIT_WORKERS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "COLUMNS": "100",
        }
        return {**kept, **ours, **self.variables}

    def run(self, *arguments: object, stdin: str = "", timeout: float = 100) -> Ended:
        done = subprocess.run(
            [*KODIT, *map(str, arguments)],
            env=self.environment,
            cwd=self.data_dir.parent,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: object) -> Ended:
        """Run what must go well."""
        ended = self.run(*arguments)
        assert ended.code == 0, f"{arguments}: {ended}"
        return ended

    def json(self, *arguments: object) -> Any:
        """The one JSON document that the command prints."""
        before = arguments.index("--") if "--" in arguments else len(arguments)
        return json.loads(self.ok(*arguments[:before], "--json", *arguments[before:]).out)

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        """Begin what the test will end."""
        return subprocess.Popen(
            [*KODIT, *map(str, arguments)],
            env=self.environment,
            cwd=self.data_dir.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
