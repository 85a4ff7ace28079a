"""kodit: a priority task-queue indexing engine for code."""

__version__ = "0.1.0"
