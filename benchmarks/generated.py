"""Sources that a benchmark makes up."""

from pathlib import Path

FILES_IN_A_PACKAGE = 100

_MODULE = '''"""Module {number} of package {package}."""

import os
from p{package:04}.m{before:03} import Part{before}


class Part{number}:
    """Counts what it is given."""

    def __init__(self, start: int) -> None:
        self.total = start

    def add(self, value: int) -> int:
        """Add a value and give the sum."""
        self.total += value
        return self.total


def combined{number}(values: list[int]) -> int:
    part = Part{number}(len(os.sep))
    for value in values:
        part.add(value)
    return part.total + Part{before}(0).add(1)
'''


def monorepo(root: Path, files: int) -> Path:
    """A source of so many small Python files, a hundred to a package, that import and call each other."""
    for package in range(-(-files // FILES_IN_A_PACKAGE)):
        directory = root / f"p{package:04}" / f"p{package:04}"
        directory.mkdir(parents=True)
        manifest = f'[project]\nname = "p{package:04}"\nversion = "1.0"\ndependencies = ["p{max(0, package - 1):04}"]\n'
        (directory.parent / "pyproject.toml").write_text(manifest)
        for number in range(min(FILES_IN_A_PACKAGE, files - package * FILES_IN_A_PACKAGE) - 1):
            text = _MODULE.format(package=package, number=number, before=max(0, number - 1))
            (directory / f"m{number:03}.py").write_text(text)
    return root


def one_file(root: Path, size: int) -> Path:
    """A source of one Python file of about so many bytes."""
    root.mkdir(parents=True)
    with (root / "big.py").open("w") as file:
        written = number = 0
        while written < size:
            written += file.write(_MODULE.format(package=0, number=number, before=max(0, number - 1)))
            number += 1
    return root
