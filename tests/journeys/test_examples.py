"""The examples in examples/ run as they stand."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def _output(tmp_path: Path, example: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / example), *arguments],
        env=os.environ | {"KODIT_CONFIG": str(tmp_path / "none.toml"), "KODIT_WORKERS": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_index_and_search(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("def total_price(basket):\n    return sum(item.price for item in basket)\n")
    (tmp_path / "door.py").write_text("def open_door(key):\n    return key.turn()\n")
    summary, best, *_ = _output(tmp_path, "index_and_search.py", str(tmp_path), "total price").splitlines()
    assert summary.startswith("2 snippets in ")
    assert best == "shop.py:1-2  total_price"


def test_queue_of_your_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    published = _output(tmp_path, "queue_of_your_own.py", url, "sea", "hill").splitlines()
    assert published == ["published sea", "published hill", "photos/photo:sea completed", "photos/photo:hill completed"]


def test_every_example_is_run_by_a_test() -> None:
    tested = Path(__file__).read_text()
    assert [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in tested] == []
