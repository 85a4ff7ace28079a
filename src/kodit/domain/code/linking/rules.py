"""How languages look up names, as far as they differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kodit.domain.code.linking.modules import csharp, go, include, java, php
from kodit.domain.code.linking.tree import SourceTree


def _nothing(tree: SourceTree, path: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """How one language looks up names.

    `selves` are the words for the object or the type itself. `members_bare` is set where members need no such word.
    `last_wins` is set where of two definitions of one name the later holds. `companions` are the files whose names a
    file sees without an import, and which stand for one another where an import leads to one of them. `textual` is set
    where an import makes all names known that a file has or imports in its turn. `defaults` is set where a module may
    export one thing without a name. `hidden_bindings` is set where nobody sees what a module merely imports.
    `blocks` is set where a class is only a block of what is implemented for a type that is defined elsewhere.
    `flat` is set where the namespace or package that a file names is no part of how its names are looked up.
    """

    selves: frozenset[str] = frozenset({"this"})
    members_bare: bool = False
    last_wins: bool = False
    companions: Callable[[SourceTree, str], Sequence[str]] = _nothing
    textual: bool = False
    defaults: bool = False
    hidden_bindings: bool = False
    blocks: bool = False
    flat: bool = False


_JAVASCRIPT = NameRules(defaults=True, hidden_bindings=True)
_C = NameRules(textual=True, members_bare=True, companions=include.sources_of)

_RULES: Mapping[str, NameRules] = {
    "python": NameRules(selves=frozenset({"self", "cls"}), last_wins=True),
    "javascript": _JAVASCRIPT,
    "typescript": _JAVASCRIPT,
    "tsx": _JAVASCRIPT,
    "go": NameRules(selves=frozenset(), companions=go.package_files, hidden_bindings=True, flat=True),
    "java": NameRules(companions=java.package_files, members_bare=True, hidden_bindings=True, flat=True),
    "rust": NameRules(selves=frozenset({"self", "Self"}), hidden_bindings=True, blocks=True),
    "c": _C,
    "cpp": _C,
    "ruby": NameRules(selves=frozenset({"self"}), members_bare=True, textual=True),
    "php": NameRules(
        selves=frozenset({"this", "self", "static"}),
        companions=php.namespace_files,
        hidden_bindings=True,
        textual=True,
        flat=True,
    ),
    "csharp": NameRules(companions=csharp.namespace_files, members_bare=True, hidden_bindings=True, flat=True),
}


def rules_of(language: str) -> NameRules:
    """The rules of a language; of one without any, those that all have in common."""
    return _RULES.get(language, _OTHERS)


_OTHERS = NameRules()
