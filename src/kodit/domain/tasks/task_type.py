"""What a task does, and how urgent it is."""

from enum import IntEnum

from kodit.domain.errors import InvalidInput

FREE_FROM = 1000
"""The first number that kodit leaves to other programs, for the types of tasks of their own."""
HIGHEST = 2**31 - 1
"""The last number that a type may have: every database has room for it."""


class TaskType(IntEnum):
    """The phases of indexing. The numbers are stored in the database and never change their meaning.

    Numbers from `FREE_FROM` are left to other programs that run tasks of their own on the queue.
    """

    SYNC = 1
    """Refresh the working copy and record what changed."""
    EXTRACT = 2
    """Cut changed files into snippets."""
    BM25_INDEX = 3
    """Bring the keyword index up to date."""
    CODE_EMBEDDINGS = 4
    """Embed new snippets."""
    ENRICH = 5
    """Describe new snippets in words and embed the descriptions."""
    EXPORT = 6
    """Write an index as files that can be carried away."""
    PUBLISH = 7
    """Bring such files to where others fetch them."""


class OtherTaskType(int):
    """A number that this program knows no name for: another program's type of task.

    It equals that program's own IntEnum member.
    """

    @property
    def name(self) -> str:
        """What it is called where its own name is not known."""
        return f"TYPE_{int(self)}"


AnyTaskType = IntEnum | OtherTaskType
"""A type of task: kodit's own, or a member of another program's IntEnum."""

_KNOWN = {kind.value: kind for kind in TaskType}


def task_type(number: int) -> AnyTaskType:
    """The type with a number."""
    return _KNOWN.get(number) or OtherTaskType(number)


def type_named(name: str) -> AnyTaskType:
    """The type with a name, in capitals or not; another program's may also be told by its number.

    Raises InvalidInput.
    """
    wanted = name.upper()
    if wanted in TaskType.__members__:
        return TaskType[wanted]
    digits = wanted.removeprefix("TYPE_")
    # No type has more than ten of them, and of very many Python makes no number.
    number = int(digits) if digits.isdecimal() and len(digits) <= 10 else 0
    if number in _KNOWN or FREE_FROM <= number <= HIGHEST:
        return task_type(number)
    # Only who mistypes waits for it.
    from difflib import get_close_matches

    near = get_close_matches(wanted, TaskType.__members__, n=1)
    near = near or [known for known in TaskType.__members__ if len(wanted) > 2 and wanted in known]
    raise InvalidInput(
        f"there is no task type {name[:40]}{f'; did you mean {near[0]}?' if near else ''}",
        remedy=f"the types are {', '.join(TaskType.__members__)}, and TYPE_n for number n of another program, "
        f"from {FREE_FROM} to {HIGHEST}",
    )


class QueuePriority(IntEnum):
    """The base priority of a run; each phase adds its offset. Higher goes first."""

    USER_INITIATED = 50
    BACKGROUND = 10
