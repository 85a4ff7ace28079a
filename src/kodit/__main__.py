"""`kodit`, and `python -m kodit`."""

import os
import sys

LIBRARIES = {"OPENBLAS_NUM_THREADS": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__"}
"""How libraries that look at the environment when they are imported shall behave in a process that is all kodit's.

Searches scan one matrix in each of several threads already: threads of numpy's own gain nothing then, and waiting for
work they burn a fifth of a short command's time. pydantic looks through every installed package for plugins."""


def main() -> int:
    """Run the command line; gives the exit code."""
    for name, value in LIBRARIES.items():
        os.environ.setdefault(name, value)
    from kodit.interfaces.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
