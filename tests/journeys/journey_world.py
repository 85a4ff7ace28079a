"""What the journeys index: a directory and a git repository."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from command_line import CommandLine

SHOP = {
    "shop/orders.py": '''"""Orders of the shop."""

import json


class OrderBook:
    """Keeps orders by number."""

    def __init__(self) -> None:
        self.orders: dict[int, dict] = {}

    def place_order(self, number: int, order: dict) -> None:
        """Store an order; one with the same number is replaced."""
        self.orders[number] = order

    def export_orders(self) -> str:
        """All orders as JSON text."""
        return json.dumps(self.orders)


def parse_price(text: str) -> int:
    """Read a price such as `12.50` as cents."""
    whole, _, cents = text.partition(".")
    return int(whole) * 100 + int(cents or 0)
''',
    "shop/web/basket.js": """// The basket in the browser.
export function getBasketTotal(items) {
  return items.reduce((total, item) => total + item.price, 0);
}
""",
    "README.md": "# Shop\n\nSells things.\n\n## Install\n\nCopy the folder.\n",
    "empty.txt": "",
    ".gitignore": "ignored/\n",
    "ignored/secret.py": "def never_found(): ...\n",
}
LIBRARY = {
    "src/retry.go": """package retry

// WithBackoff calls f until it succeeds, waiting longer each time.
func WithBackoff(f func() error) error {
	return f()
}
""",
}


@dataclass(frozen=True, slots=True)
class World:
    """What the journeys find: `kodit` with both sources indexed, and where these are."""

    kodit: CommandLine
    shop: Path
    library: Path
    commit: str


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def git(*arguments: object, cwd: Path) -> str:
    who = {f"GIT_{role}_{part}": "someone" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **who, **alone},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
