"""Which functions, methods and classes kodit finds, against Universal Ctags: recall by name and line.

    python -m benchmarks.symbols DIRECTORY... [--language LANGUAGE]... [--show N] [--most MEBIBYTES]

Needs `ctags` (Universal Ctags, Debian's package `universal-ctags`) on the path. Any source trees will do. The figures
of docs/explanation/symbols.md were taken on, unpacked side by side:

- Debian's packages that carry sources: golang-github-spf13-cobra-dev golang-github-spf13-viper-dev
  golang-github-gorilla-mux-dev golang-google-grpc-dev golang-github-prometheus-client-golang-dev librust-serde-dev
  librust-syn-dev librust-regex-dev librust-tokio-dev librust-clap-dev librust-nom-dev ruby-activerecord
  ruby-activesupport ruby-sinatra ruby-rack php-symfony-console php-symfony-http-foundation php-twig php-monolog
  phpunit libboost1.74-dev libeigen3-dev nlohmann-json3-dev libfmt-dev lua-penlight lua-busted lua-luassert
  openjdk-17-source (of its src.zip, java.base/java), and the scripts of git and bash-completion as installed;
- npm's packages (`npm pack`): express lodash eslint webpack three rxjs zod immer msw typeorm kysely jquery underscore
  backbone d3-array commander mocha better-sqlite3 re2 react-native react-native-windows @tanstack/query-core;
- PyPI's source distributions (`pip download --no-deps --no-binary :all:`): django sqlalchemy flask jinja2 attrs click
  requests pillow psycopg2 pythonnet.

A tag counts as found when kodit has a symbol of its name with that name's line. --show prints N of the others for each
class of difference.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kodit.domain.code.classification import readable
from kodit.domain.code.extracted import FileContent
from kodit.domain.code.language import language_of_text
from kodit.domain.sources.file import SkipReason
from kodit.infrastructure.treesitter.file_extraction import extract_file
from kodit.infrastructure.treesitter.grammars import tree_of

CTAGS = {
    "python": ("Python", "cfm"),
    "javascript": ("JavaScript", "cfgmGS"),
    "typescript": ("TypeScript", "cfGim"),
    "go": ("Go", "fsi"),
    "java": ("Java", "acgim"),
    "rust": ("Rust", "fPscgi"),
    "c": ("C", "fsgu"),
    "cpp": ("C++", "cfsgu"),
    "csharp": ("C#", "cgims"),
    "ruby": ("Ruby", "cfmS"),
    "php": ("PHP", "cfit"),
    "bash": ("Sh", "f"),
    "lua": ("Lua", "f"),
    "powershell": ("PowerShell", "f"),
    "kotlin": ("Kotlin", "cimo"),
}
"""The language -> its name in ctags, and the kinds of its functions, methods, classes and the like there."""

MISTAKEN = {
    "bash": {"array": r"NAME\("},
    "c": {"macro": r"\b(?=[A-Z]\w*_|[A-Z]+\b)NAME\s*\("},
    "cpp": {"macro": r"\b(?=[A-Z][A-Z0-9]*_)NAME\b"},
    "csharp": {"constraint": r"\bwhere NAME :"},
    "javascript": {
        "object": r"NAME[\"']?\]?\s*(?::[^=(]*)?[:=]\s*(?:\w+\s*=\s*)*(?:\w+(?:\.\w+)*\(\s*)?[{[]|exports\s*=",
        "call": r"\.NAME\.(?:call|apply)\(",
        "computed name": r"NAME\s*\[.*\]\s*=",
        "prototype": r"NAME\.prototype\.",
        "type": r"\btype\b",
    },
    "kotlin": {"lambda": r"\{"},
    "lua": {"value": r"NAME\s*=(?!\s*function\b)|~"},
    "ruby": {"interpolated name": r"NAME#\{"},
    "typescript": {"statement": r"^\s*(?:if|for|while|switch)\b"},
}
"""What ctags calls a function, method or class though it is none in that language: its class -> how its line looks.

Only what kodit does not have is held against these. They are shown, and left out of the recall.
"""

HEADINGS = (
    f"{'language':<12}{'files':>7}{'MiB':>7}{'tags':>8}{'found':>9}{'recall':>9}{'more':>8}   missed; mistaken by ctags"
)

MARGIN = 2
"""Lines. A name that stands at most so far from where ctags puts it is found, but elsewhere."""


class Tag(NamedTuple):
    """What ctags found, or what kodit did."""

    path: str
    name: str
    line: int


@dataclass
class Tally:
    """One language's figures."""

    files: int = 0
    size: int = 0
    tags: int = 0
    symbols: int = 0
    more: int = 0
    mistaken: Counter[str] = field(default_factory=Counter)
    missed: dict[str, list[Tag]] = field(default_factory=lambda: defaultdict(list))

    @property
    def recall(self) -> float:
        missed = sum(map(len, self.missed.values()))
        return self.symbols / (self.symbols + missed) if self.tags else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--language", action="append", choices=sorted(CTAGS))
    parser.add_argument("--show", type=int, default=0, metavar="N")
    parser.add_argument("--most", type=float, default=8, help="MiB of each language that are looked at")
    arguments = parser.parse_args()
    if shutil.which("ctags") is None:
        sys.exit("ctags is not on the path: apt-get install universal-ctags")
    chosen = arguments.language or list(CTAGS)
    by_language = sources(arguments.directories, chosen, int(arguments.most * 2**20))
    print(HEADINGS)
    for language in chosen:
        if by_language[language]:
            tally = compared(language, by_language[language])
            print_row(language, tally)
            print_examples(tally, arguments.show)


def sources(directories: Iterable[Path], languages: Sequence[str], most: int) -> dict[str, list[Path]]:
    """The files of each language, spread over the directories, up to that many bytes."""
    found: dict[str, list[Path]] = {language: [] for language in languages}
    for path in _files(directories):
        text = readable(str(path), path.read_bytes())
        language = None if isinstance(text, SkipReason) else language_of_text(str(path), text)
        if language in found and len(text) < 2**20:
            found[language].append(path)
    return {language: _spread(paths, most) for language, paths in found.items()}


def _files(directories: Iterable[Path]) -> Iterator[Path]:
    for directory in directories:
        for folder, below, names in os.walk(directory):
            below.sort()
            yield from (
                path for name in sorted(names) if (path := Path(folder, name)).is_file() and not path.is_symlink()
            )


def _spread(paths: Sequence[Path], most: int) -> list[Path]:
    """Every n-th file, so that what is left has at most that many bytes."""
    total = sum(path.stat().st_size for path in paths)
    step = max(1, -(-total // most))
    return list(paths[::step])


def compared(language: str, paths: Sequence[Path]) -> Tally:
    """The language's figures on these files."""
    tally = Tally(files=len(paths), size=sum(path.stat().st_size for path in paths))
    expected = defaultdict(set)
    for tag in tags_of(language, paths):
        expected[tag.path].add(tag)
    for path in map(str, paths):
        compare(tally, path, language, expected[path])
    return tally


def tags_of(language: str, paths: Sequence[Path]) -> Iterator[Tag]:
    """What ctags finds in the files."""
    name, kinds = CTAGS[language]
    command = ["ctags", f"--language-force={name}", f"--kinds-{name}={kinds}", "--extras=-{anonymous}{guest}"]
    command += ["--output-format=json", "--fields=+n", "-L", "-", "-f", "-"]
    listing = "\n".join(map(str, paths))
    output = subprocess.run(command, input=listing, capture_output=True, text=True, check=True, errors="replace").stdout
    for line in output.splitlines():
        tag = json.loads(line)
        if tag.get("_type") == "tag":
            yield Tag(tag["path"], last_part(tag["name"]), tag["line"])


def compare(tally: Tally, path: str, language: str, tags: set[Tag]) -> None:
    """Add one file to the figures."""
    content = Path(path).read_bytes()
    symbols = extract_file(FileContent(path=path, content=content)).symbols
    found = {(bare(symbol.name), symbol.head_line) for symbol in symbols}
    tally.tags += len(tags)
    tally.symbols += sum((bare(tag.name), tag.line) in found for tag in tags)
    said = {(bare(tag.name), tag.line) for tag in tags}
    callable_or_class = {"function", "method", "class", "struct", "interface", "trait", "enum"}
    tally.more += sum(it.kind in callable_or_class and (bare(it.name), it.head_line) not in said for it in symbols)
    missed = [tag for tag in tags if (bare(tag.name), tag.line) not in found]
    if missed:
        text = content.decode("utf-8", "replace")
        lines = text.splitlines()
        broken = broken_lines(language, text)
        for tag in missed:
            why = mistaken(language, tag.name, lines[tag.line - 1])
            if why is not None:
                tally.mistaken[why] += 1
            else:
                tally.missed[difference(tag, found, broken)].append(tag)


def mistaken(language: str, name: str, line: str) -> str | None:
    """Why a tag is no function, method or class, if it is none."""
    if name.startswith("<"):
        return "lambda"
    rules = MISTAKEN.get(language, {})
    return next((why for why, rule in rules.items() if re.search(rule.replace("NAME", re.escape(name)), line)), None)


def last_part(name: str) -> str:
    """The last part of a qualified name."""
    return re.split(r"::|(?<=\w)[.:]", name)[-1]


def bare(name: str) -> str:
    """The name without what the two write differently: spaces in operators, quotes."""
    return name.replace(" ", "").strip("'\"`").lstrip("#")


def difference(tag: Tag, found: set[tuple[str, int]], broken: Sequence[range]) -> str:
    """What kind of difference a missed tag is."""
    name = bare(tag.name)
    if any((name, tag.line + away) in found for away in range(-MARGIN, MARGIN + 1)):
        return "other line"
    if any(tag.line in lines for lines in broken):
        return "no parse"
    return "absent"


def broken_lines(language: str, text: str) -> list[range]:
    """The lines that the grammar cannot read, usually for macros that only a preprocessor knows."""
    root, _ = tree_of(language, text)
    broken = []
    pending = [root] if root.has_error else []
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            broken.append(range(node.start_point[0] + 1, node.end_point[0] + 2))
        else:
            pending.extend(child for child in node.children if child.has_error or child.is_missing)
    return broken


def print_row(language: str, tally: Tally) -> None:
    missed = Counter({kind: len(tags) for kind, tags in tally.missed.items()})
    detail = "; ".join(
        ", ".join(f"{kind} {count}" for kind, count in it.most_common()) or "-" for it in (missed, tally.mistaken)
    )
    size = tally.size / 2**20
    print(
        f"{language:<12}{tally.files:>7}{size:>7.1f}{tally.tags:>8}{tally.symbols:>9}{tally.recall:>9.2%}"
        f"{tally.more:>8}   {detail}",
        flush=True,
    )


def print_examples(tally: Tally, shown: int) -> None:
    for kind, tags in tally.missed.items():
        step = max(1, len(tags) // shown) if shown else 1
        for tag in sorted(tags)[::step][:shown]:
            print(f"    {kind}: {tag.path}:{tag.line} {tag.name}")


if __name__ == "__main__":
    main()
