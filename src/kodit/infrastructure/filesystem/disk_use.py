"""How much room a directory takes."""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path


def disk_use(directory: Path) -> Mapping[str, int]:
    """Bytes of the files below a directory, by the name of the directory's own child that they are in or are.

    What vanishes while it is being counted counts as nothing.
    """
    used: Counter[str] = Counter()
    for folder, _, names in os.walk(directory):
        for name in names:
            path = Path(folder, name)
            try:
                used[path.relative_to(directory).parts[0]] += path.stat(follow_symlinks=False).st_size
            except OSError:
                continue
    return dict(sorted(used.items()))
