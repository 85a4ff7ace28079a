"""How much of a line is shown."""

import shutil

from kodit.interfaces.cli.rendering.streams import is_terminal


def cut(line: str) -> str:
    """The line as far as a terminal is wide; piped, all of it."""
    if not is_terminal():
        return line
    width = shutil.get_terminal_size().columns
    return line if len(line) <= width else f"{line[: width - 1]}…"
