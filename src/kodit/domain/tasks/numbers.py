"""Whole numbers as other programs give them."""

FARTHEST_COUNT = 2**63 - 1
"""How far anything is counted."""


_SHOWN = 40
"""Characters of what was given that fit into a message."""


def is_whole(given: object) -> bool:
    """Whether it is a number that can be counted with, and that a row can have."""
    # What is true or false is a number for Python, and none for a database.
    return isinstance(given, int) and not isinstance(given, bool)


def told(given: object, *, otherwise: str = "a number of very many digits") -> str:
    """What was given, as far as it fits into a message; `otherwise` for a number that Python does not write."""
    try:
        words = repr(given)
    except ValueError:
        # It writes none of more than 4300 digits.
        return otherwise
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}..."


def none_of(what: str, number: object) -> str:
    """That there is no task, or no run, of this number."""
    return f"there is no {what} {told(number, otherwise='with a number of very many digits')}"
