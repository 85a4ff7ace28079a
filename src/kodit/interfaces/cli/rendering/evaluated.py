"""What nix makes of a tree, a line for each attribute."""

import json
from collections.abc import Mapping
from typing import Any

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.cleaning import cleaned
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, RawPackage
from kodit.interfaces.cli.rendering.figures import counted
from kodit.interfaces.cli.rendering.streams import notice, say


class Telling:
    """Writes lines, and counts them."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._packages = 0
        self.failures = 0

    def tell(self, one: Evaluated) -> None:
        """Write a line about an attribute."""
        if isinstance(one, EvaluationFailure):
            self._fail(one)
        else:
            self._show(one)

    def sum_up(self, seconds: float) -> None:
        """Say on stderr what has been found, and in what time."""
        notice(f"{counted(self._packages, 'package')}, {counted(self.failures, 'failure')}, {seconds:.1f} s")

    def _show(self, package: RawPackage) -> None:
        try:
            line = _document({"attr": str(package.attr), **package.fields}) if self._as_json else _line(package)
        except InvalidInput as error:
            self._fail(EvaluationFailure(package.attr, str(error)))
            return
        self._packages += 1
        say(line)

    def _fail(self, failure: EvaluationFailure) -> None:
        self.failures += 1
        if self._as_json:
            say(_document({"attr": str(failure.attr), "error": failure.message}))
        else:
            notice(f"{failure.attr}: {failure.message}")


def _line(package: RawPackage) -> str:
    known = cleaned(package)
    return "  ".join(filter(None, (str(known.attr), known.version or "-", known.description)))


def _document(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
