"""`kodit`, and `python -m kodit`."""

import sys


def main() -> int:
    """Run the command line; gives the exit code."""
    from kodit.interfaces.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
