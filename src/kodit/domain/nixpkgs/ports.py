"""What indexing nixpkgs needs from the world."""

from collections.abc import AsyncGenerator
from typing import Protocol

from kodit.domain.nixpkgs.walk import Evaluated, Walk


class PackageEvaluator(Protocol):
    """Evaluates nixpkgs trees. Held to tests/contracts/test_package_evaluator.py."""

    def evaluate(self, tree: str, walk: Walk) -> AsyncGenerator[Evaluated, None]:
        """Every package that the walk finds, each once, in the order of their paths within a set.

        An attribute that cannot be evaluated is a result of its own, and costs only what follows from it. Raises
        NotFound where no tree lies at this path, Unavailable when there is no evaluator, or when it takes longer or
        more memory than it may.
        """
        ...
