"""Where imports lead, by the rules of each language."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from kodit.domain.code.linking.modules import csharp, go, include, java, javascript, php, python, ruby, rust
from kodit.domain.code.linking.tree import Destination, SourceTree, split
from kodit.domain.code.reference import Import

Rule = Callable[[SourceTree, str, Import], Destination]

_RULES: Mapping[str, Rule] = {
    "python": python.destination,
    "javascript": javascript.destination,
    "typescript": javascript.destination,
    "tsx": javascript.destination,
    "go": go.destination,
    "java": java.destination,
    "rust": rust.destination,
    "c": include.destination,
    "cpp": include.destination,
    "ruby": ruby.destination,
    "php": php.destination,
    "csharp": csharp.destination,
}

LEADING_LANGUAGES = frozenset(_RULES)
"""The languages whose imports may lead somewhere."""

_NAMES_ARE_FILES = frozenset(("python", "rust", "java", "php"))
"""Languages in which a name that is imported from a module may have a file of its own."""


def divided(language: str | None, imports: Iterable[Import]) -> tuple[Import, ...]:
    """Imports of which each leads to one place: where names may be files, there is one for every name."""
    if language not in _NAMES_ARE_FILES:
        return tuple(imports)
    return tuple(one for imported in imports for one in _one_by_one(imported))


def _one_by_one(imported: Import) -> Iterable[Import]:
    if len(imported.bindings) <= 1:
        return (imported,)
    return (replace(imported, bindings=(binding,)) for binding in imported.bindings)


class Destinations:
    """Where the imports of a source's files lead. What was asked once is remembered."""

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self._known: dict[tuple[object, ...], Destination] = {}

    def of(self, path: str, language: str, imported: Import) -> Destination:
        """Where an import of a file leads."""
        rule = _RULES.get(language)
        return None if rule is None else self._asked(rule, path, language, imported)

    def of_module(self, path: str, language: str, imported: Import) -> Destination:
        """Where the module leads that an import names, whatever it takes from it."""
        if language == "python":
            return self._asked(python.module_destination, path, language, imported)
        if language == "php":
            # A namespace has no file; a class of it has one.
            return self.of(path, language, imported)
        return self.of(path, language, replace(imported, bindings=()))

    def of_package(self, path: str, imported: Import) -> Destination:
        """Where the package lies that `import package.module` of Python makes known, too."""
        return self._asked(python.package_destination, path, "python", imported)

    def _asked(self, rule: Rule, path: str, language: str, imported: Import) -> Destination:
        # In Rust the file's own name is part of where it stands; elsewhere its directory says it all.
        place = path if language == "rust" else split(path)[0]
        names = tuple(binding.imported for binding in imported.bindings)
        key = (rule, place, imported.module, imported.level, imported.system, names)
        if key not in self._known:
            self._known[key] = rule(self.tree, path, imported)
        return self._known[key]
