"""What a release has, compared with what is stored of a channel."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import HeldPackage
from kodit.domain.nixpkgs.nix_package import NixPackage


@dataclass(slots=True)
class ReleaseComparison:
    """Takes what a release has, one by one, and tells what differs from what is `held`, by attribute path as text.

    With `afresh`, all that is held counts as changed: it was made in another way.
    """

    held: Mapping[str, HeldPackage]
    afresh: bool = False
    _seen: set[str] = field(default_factory=set)
    _failed: set[AttrPath] = field(default_factory=set)

    @property
    def failed(self) -> Collection[AttrPath]:
        """The attributes that could not be evaluated."""
        return self._failed

    def is_news(self, package: NixPackage) -> bool:
        """Whether a package is to be stored: it is new, or another than the one held.

        Of several with the same path, the first is the package.
        """
        path = str(package.attr)
        if path in self._seen:
            return False
        self._seen.add(path)
        before = self.held.get(path)
        return self.afresh or before is None or before.content_hash != package.content_hash

    def fail(self, attr: AttrPath) -> None:
        """An attribute could not be evaluated: whether it is still there, and what is in it, nobody knows."""
        self._failed.add(attr)

    def gone(self) -> Mapping[str, HeldPackage]:
        """What is held and was not seen, once all was taken; what failed, or lies in what failed, is not gone."""
        missing = {path: held for path, held in self.held.items() if path not in self._seen}
        if not self._failed:
            return missing
        return {path: held for path, held in missing.items() if not self._is_unknown(AttrPath.parse(path))}

    def _is_unknown(self, attr: AttrPath) -> bool:
        return any(AttrPath(attr.parts[:length]) in self._failed for length in range(len(attr.parts) + 1))
