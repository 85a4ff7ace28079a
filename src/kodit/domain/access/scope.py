"""What a caller of a server may do."""

from enum import StrEnum


class Scope(StrEnum):
    """One kind of what can be done. Each stands for itself alone; a caller without any may do nothing."""

    READ = "read"
    """Search, look and ask."""
    WRITE = "write"
    """Add repositories, have sources indexed, cancel and retry that."""
    ADMIN = "admin"
    """Remove sources, add directories of the server's machine, hold the queue back, see the settings, hand out keys."""
