"""What has been moved, and outlives a loss of power."""

import os
import sys
from pathlib import Path


def settle(directory: Path) -> None:
    """See that what was moved into a directory, or out of it, outlives a loss of power."""
    if sys.platform == "win32":
        # A directory cannot be opened there.
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
