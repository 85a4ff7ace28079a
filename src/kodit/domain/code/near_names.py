"""Names that may be meant by one that nothing has."""

from collections.abc import Collection, Iterable, Sequence

_LETTERS_FOR_ONE_SLIP = 4
"""How many letters of a name forgive one that is wrong: a shorter name differs from most others by as much."""
MOST_SLIPS = 2
"""How many slips a name of any length forgives."""


def nearest_names(asked: str, names: Iterable[str], *, most: int = 3) -> Sequence[str]:
    """Those of the names that differ from this one by few slips, the nearest first; upper and lower case are the same.

    A slip is a letter too much, too few or another, or two neighbours that changed places.
    """
    wanted = asked.lower()
    forgiven = forgiven_slips(wanted)
    letters = set(wanted)
    near: set[tuple[int, str]] = set()
    for name in names:
        if abs(len(name) - len(wanted)) > forgiven:
            continue
        spelled = name.lower()
        # Each letter that the other has not got is a slip: to see that takes a hundredth of the time.
        if len(letters.difference(spelled)) <= forgiven and (found := slips(wanted, spelled, forgiven)) <= forgiven:
            near.add((found, name))
    return [name for _, name in sorted(near)[:most]]


def meant_names(asked: str, names: Collection[str], *, most: int = 10) -> Sequence[str]:
    """Those of the names that begin with this one, in their order, else the nearest; of the former `most` at most."""
    beginning = asked.strip().lower()
    begun = sorted(name for name in names if beginning and name.lower().startswith(beginning))
    return begun[:most] or nearest_names(asked, names)


def forgiven_slips(asked: str) -> int:
    """How many slips a name forgives."""
    return min(MOST_SLIPS, (len(asked) + 1) // _LETTERS_FOR_ONE_SLIP)


def slips(one: str, other: str, most: int) -> int:
    """How many slips make one text of the other; a number above `most` when there are more than that.

    The optimal string alignment distance, row by row.
    """
    above: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, above, row = above, row, [at]
        for there, facing in enumerate(other, 1):
            cost = min(above[there] + 1, row[there - 1] + 1, above[there - 1] + (letter != facing))
            if at > 1 < there and letter == other[there - 2] and one[at - 2] == facing:
                cost = min(cost, before[there - 2] + 1)
            row.append(cost)
        if min(row) > most and min(above) > most:
            return most + 1
    return row[-1]
