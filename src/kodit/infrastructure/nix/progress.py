"""How far an evaluation has come, through all the processes that it takes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, RawPackage, Walk
from kodit.infrastructure.nix.giving_up import Patience, refusal
from kodit.infrastructure.nix.limits import Cause, Death
from kodit.infrastructure.nix.positions import placed
from kodit.infrastructure.nix.request import GoingOn, Request, is_spelled_in_nix


class Progress:
    """What the processes of one evaluation have said so far; `request` is what the next one is asked for.

    An attribute at which a process ends is passed over by the next, or looked at field after field when it is known to
    be a package, so that a field that fails costs itself alone.
    """

    def __init__(self, tree: Path, root: Path, walk: Walk) -> None:
        self._root = root
        self._request = Request(tree, walk)
        self._patience = Patience()
        self._is_over = False
        self._at: _Attribute | None = None
        self._careful: _Attribute | None = None
        self._announced = 0

    @property
    def request(self) -> Request | None:
        """What is left to be looked at, None when the walk is over."""
        return None if self._is_over or self._request.is_empty else self._request

    def impossible(self) -> Iterator[EvaluationFailure]:
        """The given attributes that nix cannot even be asked for."""
        for path in sorted(set(self._request.walk.attributes)):
            if not is_spelled_in_nix(path):
                yield EvaluationFailure(path, "there is no attribute of this name")

    def heard(self, line: bytes) -> Evaluated | None:
        """Take in a line of the walk; gives what it completes."""
        sign, value = line[:1], json.loads(line[1:].decode(errors="replace"))
        if sign == b">":
            self._announce(AttrPath(tuple(value)))
        elif sign == b".":
            self._is_over = True
        elif self._at is not None:
            return self._told(self._at, sign, value)
        return None

    def ended(self, death: Death) -> Evaluated | None:
        """Take in that a process has ended too early; gives what is known of the attribute that it ended at.

        Raises InvalidInput or Unavailable when there is no use in going on.
        """
        at, first = self._at, self._announced <= 1
        if at is None:
            self._not_begun(death)
            return None
        # Memory is taken by all that came before as well: the attribute is tried again in a process of its own.
        is_its_fault = death.cause is not Cause.MEMORY or first
        self._patience.spend(at.path, death, is_its_fault=is_its_fault)
        if not is_its_fault:
            self._go_on(GoingOn(at.path, again=True))
            return None
        if at.is_package:
            return self._field_failed(at, death)
        self._go_on(GoingOn(at.path))
        return EvaluationFailure(at.path, death.message)

    def _told(self, at: "_Attribute", sign: bytes, value: Any) -> Evaluated | None:
        """Take in what is said of the attribute that was announced."""
        if sign == b"!":
            return EvaluationFailure(at.path, value)
        if sign == b"?":
            at.asked = value
            return None
        at.add(value)
        at.is_package = True
        return at.package(self._root) if sign == b"+" else None

    def _field_failed(self, at: "_Attribute", death: Death) -> RawPackage | None:
        if at is not self._careful:
            self._careful = at
        elif at.asked is None or at.asked == "meta":
            at.fail(death.message)
            self._go_on(GoingOn(at.path))
            return at.package(self._root)
        else:
            at.fail(death.message)
        self._go_on(GoingOn(at.path, again=True, careful=True, without=frozenset(at.settled)))
        return None

    def _not_begun(self, death: Death) -> None:
        if self._request.bare or "unexpected argument" not in death.message:
            raise refusal(death, self._root)
        self._request = replace(self._request, bare=True)

    def _announce(self, path: AttrPath) -> None:
        # The sets that lead to where a walk goes on have been looked at before.
        self._announced += not self._request.leads_on(path)
        is_known = self._careful is not None and self._careful.path == path
        self._at = self._careful if is_known else _Attribute(path)

    def _go_on(self, start: GoingOn) -> None:
        self._request = replace(self._request, going_on=start)
        self._at = None
        self._announced = 0


@dataclass(slots=True)
class _Attribute:
    """What is known of the attribute that nix works on.

    `asked` is the field that it looks at now, where it looks at one after the other; those in `settled` need no second
    look.
    """

    path: AttrPath
    fields: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    asked: str | None = None
    is_package: bool = False

    def add(self, fields: Mapping[str, Any]) -> None:
        meta = {**self.fields.get("meta", {}), **fields.get("meta", {})}
        self.fields = {**self.fields, **fields, "meta": meta}
        self._settle()

    def fail(self, message: str) -> None:
        if self.asked is not None:
            self.failed[self.asked] = message
            self._settle()

    def package(self, root: Path) -> RawPackage:
        failed = {"failed": self.failed} if self.failed else {}
        return RawPackage(self.path, {**placed(self.fields, root), **failed})

    def _settle(self) -> None:
        if self.asked is not None:
            self.settled.add(self.asked)
            self.asked = None
