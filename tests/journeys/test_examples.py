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


def test_nightly_reports(tmp_path: Path) -> None:
    def reports(*arguments: str) -> list[str]:
        url = f"sqlite:///{tmp_path / 'jobs.db'}"
        return _output(tmp_path, "nightly_reports.py", url, *arguments).splitlines()

    assert reports("order", "7", "101") == ["ordered report/7 report/101"]
    assert reports("order", "7") == ["ordered report/7"]
    printed = reports("work")
    while not printed:  # the second attempt is due in a moment
        printed = reports("work")
    assert printed == ["report 7"]
    [failed] = reports("look")
    assert failed.endswith("report/101:COLLECT: there is no customer 101; correct the number and order again")
    assert reports("again", failed.split()[1].rstrip(":")) == []
    assert reports("work") == []


def test_every_example_is_run_by_a_test() -> None:
    tested = Path(__file__).read_text()
    assert [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in tested] == []
