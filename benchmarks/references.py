"""How often kodit is right about what a Python call means, against Jedi.

    python -m benchmarks.references DIRECTORY... [--calls N] [--show]

Each directory is a source distribution, unpacked, or what `pip install --no-deps --target DIRECTORY` made; those of
the documents are requests, flask, click, jinja2 and rich. Jedi is no dependency of kodit: `pip install jedi` first. Of
the calls that kodit resolved to a symbol, N (300) are drawn from each directory; precision is the share for which Jedi
leads to the same definition. Where Jedi leads nowhere, nobody is right.
"""

import argparse
import asyncio
import random
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import jedi

import kodit

SEED = 20
_CALLS = """
    SELECT f.path, r.line, r."column", r.qualifier, r.name, t.path, s.start_line, s.head_line
    FROM symbol_references r JOIN files f ON f.id = r.file_id
    LEFT JOIN symbols s ON s.id = r.target_id LEFT JOIN files t ON t.id = s.file_id
    WHERE f.language = 'python' AND r.kind = 'call' ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    line: int
    column: int
    qualifier: str
    name: str
    target: str | None
    start_line: int | None
    head_line: int | None


async def calls_of(directory: Path) -> list[Call]:
    with tempfile.TemporaryDirectory() as data_dir:
        async with kodit.open(data_dir) as engine:
            await engine.index(str(directory))
        with closing(sqlite3.connect(Path(data_dir) / "kodit.db")) as connection:
            return [Call(*row) for row in connection.execute(_CALLS)]


def judged(root: Path, project: jedi.Project, call: Call, *, show: bool) -> str:
    """What Jedi says of a call that kodit resolved."""
    script = jedi.Script(path=root / call.path, project=project)
    try:
        names = script.goto(call.line, call.column, follow_imports=True)
        names += script.infer(call.line, call.column)
    except Exception as error:  # noqa: BLE001 - Jedi's own failures are no verdict
        return f"jedi failed: {type(error).__name__}"
    found = {(name.module_path, name.line) for name in names if name.module_path and name.line}
    if not found:
        return "jedi leads nowhere"
    target = (root / (call.target or "")).resolve()
    lines = range(call.start_line or 0, (call.head_line or 0) + 1)
    if any(Path(path).resolve() == target and line in lines for path, line in found):
        return "agrees"
    if show:
        told = sorted(f"{path}:{line}" for path, line in found)
        print(f"  {call.path}:{call.line} {call.qualifier}.{call.name} -> {call.target}:{call.head_line}, Jedi: {told}")
    return "disagrees"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", type=Path, nargs="+")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--show", action="store_true", help="print every disagreement")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    for directory in options.directories:
        calls = asyncio.run(calls_of(directory))
        resolved = [call for call in calls if call.target is not None]
        drawn = random.Random(SEED).sample(resolved, min(options.calls, len(resolved)))
        project = jedi.Project(directory)
        verdicts = Counter(judged(directory, project, call, show=options.show) for call in drawn)
        told(directory.name, len(calls), len(resolved), verdicts)
        total += verdicts + Counter(calls=len(calls), resolved=len(resolved))
    told("all", total.pop("calls"), total.pop("resolved"), total)


def told(name: str, calls: int, resolved: int, verdicts: Counter[str]) -> None:
    judged_at_all = verdicts["agrees"] + verdicts["disagrees"]
    precision = verdicts["agrees"] / judged_at_all if judged_at_all else 0.0
    print(f"{name}: {calls:,} calls, {resolved / calls:.1%} resolved, precision {precision:.1%} {dict(verdicts)}")


if __name__ == "__main__":
    main()
