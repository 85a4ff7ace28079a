"""Where Go's imports lead: to the first file of a package, which stands for all files of its directory."""

from collections.abc import Sequence

from kodit.domain.code.linking.tree import Destination, Lead, Outside, SourceTree, ancestors, join, split
from kodit.domain.code.reference import Import
from kodit.domain.sources.manifest import PackageKind

_ENDING = ".go"
_TEST = "_test.go"
_HOST_PARTS = 3
"""Parts of the path of a module at the usual hosts: `github.com/spf13/cobra`."""


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """By the path of the module that the directory belongs to, or by what is vendored above the importing file."""
    module = imported.module
    if module.startswith("."):
        return None
    for package in sorted(tree.packages, key=lambda package: -len(package.name)):
        within = package.kind is PackageKind.GO and (module == package.name or module.startswith(f"{package.name}/"))
        if within and package.name:
            return _representative(tree, join(package.path, module[len(package.name) :].strip("/")))
    for above in ancestors(split(path)[0]):
        if found := _representative(tree, join(above, "vendor", module)):
            return found
    return Outside(_module_name(module))


def package_files(tree: SourceTree, path: str) -> Sequence[str]:
    """The files of the package of a file; those that test it are seen by one another only."""
    files = [other for other in tree.files_in(split(path)[0]) if other.endswith(_ENDING)]
    return files if path.endswith(_TEST) else [other for other in files if not other.endswith(_TEST)]


def _representative(tree: SourceTree, directory: str) -> Lead | None:
    for path in tree.files_in(directory):
        if path.endswith(_ENDING) and not path.endswith(_TEST):
            return Lead(path)
    return None


def _module_name(module: str) -> str:
    parts = module.split("/")
    return "/".join(parts[:_HOST_PARTS]) if "." in parts[0] else module
