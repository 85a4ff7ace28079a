"""What the benchmarks index and ask."""

import shutil
import sysconfig
from pathlib import Path

QUESTIONS = (
    "parse http headers",
    "split a shell command line into arguments",
    "read a zip archive member",
    "retry when the connection is refused",
    "format a traceback as text",
    "getaddrinfo",
    "urlsplit",
    "walk a directory tree",
    "compile a regular expression",
    "TemporaryDirectory",
    "run a coroutine until it is complete",
    "compute the median of a list",
    "base64 encode bytes",
    "copy an object deeply",
    "send an email over smtp with tls",
    "named tuple field defaults",
    "serialize an object to json",
    "cancel a task",
    "decimal rounding mode",
    "start a process and capture its output",
    "priority queue with a heap",
    "cache the result of a function",
    "parse a date from an iso string",
    "compare two sequences and show the differences",
    "write rows to a csv file",
)


def standard_library(into: Path) -> Path:
    """A copy of this Python's standard library, without what was installed into it."""
    target = into / "stdlib"
    if not target.is_dir():
        ignored = shutil.ignore_patterns("site-packages", "__pycache__", "*.pyc", "*.so", "*.a")
        shutil.copytree(sysconfig.get_paths()["stdlib"], target, ignore=ignored, symlinks=True)
    return target


def megabytes(root: Path) -> float:
    """The size of all regular files below a directory, in millions of bytes."""
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) / 1e6
