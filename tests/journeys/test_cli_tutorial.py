"""The tutorial works as it is written, and shows what is printed."""

import os
import random
import re
import shlex
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import KODIT, CommandLine

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PLACE = "/tmp/kodit-tutorial"
PORT = "8765"
TASK = re.compile(r"^\d+ +[123] +[A-Z0-9_]+ +(?:succeeded|skipped) ", re.MULTILINE)
MARK = "=== the next block"


@pytest.mark.timeout(300)
def test_every_command_of_the_tutorial_works_and_prints_what_is_shown(fresh: CommandLine, tmp_path: Path) -> None:
    blocks = BLOCK.findall(TUTORIAL.read_text())
    scripts = [text for language, text in blocks if language == "sh" and "make setup" not in text]
    printed = iter(_printed(fresh, [script.replace(PLACE, str(tmp_path / "tutorial")) for script in scripts]))

    shown = rows = 0
    output = ""
    for language, text in blocks:
        if language == "sh" and "make setup" not in text:
            output = next(printed)
            rows += len(TASK.findall(output)) if "queue list --state all" in text else 0
        elif language == "text":
            shown += 1
            assert [line for line in text.splitlines() if line not in output.splitlines()] == [], output
    assert (shown, rows) == (3, 15)
    assert next(printed, None) is None


def _free_port() -> str:
    """One that nobody is given who asks for any, so that it is still free when the tutorial comes to it."""
    while True:
        port = random.randrange(10_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return str(port)


def _printed(kodit: CommandLine, scripts: list[str]) -> list[str]:
    """What each of the scripts prints, carried out one after the other in one shell."""
    # A program, and no function of the shell: what runs in the background must get the signals that are meant for it.
    program = kodit.data_dir.parent / "bin" / "kodit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(KODIT)} "$@"\n')
    program.chmod(0o755)
    port = _free_port()
    scripts = [script.replace(PORT, port) for script in scripts]
    script = "set -e\n" + "".join(f"{text}\necho '{MARK}'\n" for text in scripts)
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=kodit.data_dir.parent,
        env={**kodit.environment, "KODIT_PORT": port, "PATH": f"{program.parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.split(f"{MARK}\n")[:-1]
