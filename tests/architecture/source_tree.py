"""What the architecture tests look at: the files that git has or would add, and Python files as syntax trees."""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "kodit"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file; `place` is its path relative to the root of the repository."""

    place: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@cache
def files() -> tuple[str, ...]:
    """Every file that git has or would add, relative to the root of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file()))


def modules(*folders: str) -> tuple[Module, ...]:
    """The Python files below these folders, and only those."""
    below = tuple(f"{folder}/" for folder in folders)
    return tuple(_module(name) for name in files() if name.startswith(below) and name.endswith(".py"))


@cache
def _module(name: str) -> Module:
    text = (ROOT / name).read_text()
    return Module(place=name, text=text, tree=ast.parse(text))


def forget() -> None:
    """The trees are a gigabyte, and millions of objects that every search for garbage would look through."""
    files.cache_clear()
    _module.cache_clear()


def words(camel: str) -> list[str]:
    """`HTTPServer2Pool` -> HTTP, Server2, Pool."""
    return re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]*\d*|[a-z]+\d*|[A-Z]+", camel)


def snake(camel: str) -> str:
    """`KeywordIndex` -> keyword_index."""
    return "_".join(word.lower() for word in words(camel))


def is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def length(node: Function) -> int:
    """Lines of a function without its decorators and docstring."""
    first = node.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring
