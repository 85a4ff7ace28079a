"""One door to the releases of channels, be they trees to evaluate or lists."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from kodit.domain.nixpkgs.ports import PackageEvaluator
from kodit.domain.nixpkgs.release import Release, ReleaseForm
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesByForm:
    """`Releases` of any form.

    `tree_at` gives the tree at a path, None where no directory is; `fetched` brings the list at a location to this
    machine, and `read_list` reads the one at a path. `forget` deletes what was fetched from a location.
    """

    evaluator: PackageEvaluator
    tree_at: Callable[[str], Awaitable[Release | None]]
    fetched: Callable[[str], Awaitable[Release]]
    read_list: Callable[[str], AsyncGenerator[Evaluated, None]]
    forget: Callable[[str], Awaitable[None]]

    async def resolve(self, location: str) -> Release:
        """See `Releases.resolve`."""
        tree = None if "://" in location else await self.tree_at(location)
        return tree or await self.fetched(location)

    def read(self, release: Release, walk: Walk) -> AsyncGenerator[Evaluated, None]:
        """See `Releases.read`."""
        if release.form is ReleaseForm.TREE:
            return self.evaluator.evaluate(release.path, walk)
        return _chosen(self.read_list(release.path), walk) if walk.attributes else self.read_list(release.path)

    async def discard(self, location: str) -> None:
        """See `Releases.discard`."""
        await self.forget(location)


async def _chosen(listed: AsyncGenerator[Evaluated, None], walk: Walk) -> AsyncGenerator[Evaluated, None]:
    """Of a list, the attributes that the walk names; one that is missing is a failure, as it is in a tree."""
    missing = dict.fromkeys(walk.attributes)
    async with aclosing(listed):
        async for entry in listed:
            if entry.attr in missing:
                del missing[entry.attr]
                yield entry
    for attr in missing:
        yield EvaluationFailure(attr, "the list has no such attribute")
