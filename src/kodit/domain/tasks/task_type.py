"""What a task does, and how urgent it is."""

from enum import IntEnum


class TaskType(IntEnum):
    """The phases of indexing. The numbers are stored in the database and never change their meaning."""

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


class QueuePriority(IntEnum):
    """The base priority of a run; each phase adds its offset. Higher goes first."""

    USER_INITIATED = 50
    BACKGROUND = 10
