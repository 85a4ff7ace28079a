"""Writes a small nixpkgs with everything in it that real ones have and that makes evaluating them hard.

`write_tree(directory, packages=5_000)` writes it; what it returns knows what a right evaluation must find there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kodit.domain.nixpkgs.attr_path import AttrPath

BY_NAME = 100
"""Packages at most that have files of their own: writing files takes longer than evaluating them."""

# Attributes that cannot be evaluated, by a name for the reason, and whether nix goes on by itself.
FAILING = {
    "abort": 'abort "boom"',
    "assertion": "assert 1 == 2; mk 1",
    "import": "import ./no-such-file.nix",
    "missing": "self.no-such-attribute",
    "overflow": "let deeper = n: 1 + deeper (n + 1); in deeper 0",
    "recursion": "let itself = itself; in itself",
    "throw": 'throw "removed"',
    "type": '1 + "one"',
    "unexpected": "(({ a }: a) { b = 1; })",
}

# Fields that cannot be evaluated, of packages that can; only the field is lost.
BROKEN_FIELDS = {
    "abort": 'meta.homepage = abort "no homepage";',
    "missing": "meta.license = self.lib.licenses.none-such;",
    "throw": 'meta.description = throw "no description";',
    "element": 'meta.maintainers = [ { name = "Ada"; github = "ada"; } (throw "gone") ];',
    "version": 'version = abort "no version";',
    "meta": 'meta = abort "no meta";',
}

NO_PACKAGES = {
    "a-list": "[ (mk 1) ]",
    "a-number": "1",
    "a-path": "./all-packages.nix",
    "a-string": '"text"',
    "nothing": "null",
    "a-function": "{ x }: mk x",
    "lib": "{ id = x: x; recurseForDerivations = false; inner = mk 1; }",
    "unknownSet": "{ hidden = mk 1; }",
}

ODD_NAMES = ("dotted.name", "two words", 'quo"ted', "dollar${brace}", "grün", "0ad", "-dash", "or", "back\\slash")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an attribute stands: how many sets deep, and whether only a walk that recurses comes there."""

    path: AttrPath
    level: int = 1
    recursing: bool = False

    def is_reached(self, depth: int, *, recurse_all: bool) -> bool:
        return self.level <= depth and (recurse_all or not self.recursing)

    def below(self, *names: str, levels: int = 1, recursing: bool = False) -> "Standing":
        return Standing(AttrPath((*self.path.parts, *names)), self.level + levels, self.recursing or recursing)


@dataclass(frozen=True, slots=True)
class WrittenTree:
    """A tree on disk: every package in it with its number, which makes its version, and every attribute that fails."""

    root: Path
    packages: dict[Standing, int]
    failing: frozenset[Standing]

    def found(self, depth: int = 2, *, recurse_all: bool = False) -> dict[AttrPath, str]:
        """The packages that a walk must find, and their versions."""
        return {
            standing.path: version_of(number)
            for standing, number in self.packages.items()
            if standing.is_reached(depth, recurse_all=recurse_all)
        }

    def failures(self, depth: int = 2, *, recurse_all: bool = False) -> frozenset[AttrPath]:
        """The attributes that a walk must report as failures."""
        return frozenset(one.path for one in self.failing if one.is_reached(depth, recurse_all=recurse_all))


def version_of(number: int) -> str:
    """The version of the package with this number."""
    return f"{number % 40}.{number % 7}"


def write_tree(
    directory: Path,
    packages: int = 5_000,
    *,
    failing: Sequence[str] = tuple(FAILING),
    partly: Sequence[str] = tuple(BROKEN_FIELDS),
    circles: bool = True,
) -> WrittenTree:
    """Write a tree of about this many packages, at least some hundred.

    It has attributes that fail in these ways, and packages of which a field does. Each costs a start of nix or two, but
    for those that throw. With `circles` there are sets in it that contain themselves and each other.
    """
    writing = _Writing(directory / "pkgs" / "top-level", failing, partly)
    share = max(10, packages // 20)
    by_name = min(BY_NAME, share)
    for number in range(by_name):
        writing.by_name(f"named{number}", number)
    top = Standing(AttrPath(()), 0)
    writing.top(top, range(by_name, packages - 8 * share))
    writing.scopes(top, share)
    if circles:
        writing.circles(top)
    (directory / "default.nix").write_text("import ./pkgs/top-level/all-packages.nix\n")
    text = _ALL_PACKAGES.replace("@attributes@", "\n".join(writing.lines)).replace("@parts@", "\n".join(writing.parts))
    (writing.directory / "all-packages.nix").write_text(text)
    return WrittenTree(directory, writing.packages, frozenset(writing.failing))


def quoted(name: str) -> str:
    """A name as nix reads it."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return f'"{escaped}"'


_ALL_PACKAGES = """
{ system ? "unknown", config ? { }, overlays ? [ ], ... }:
let
  lib = self.lib;
  make = { pname, number, meta ? { }, ... }@more:
    let
      version = "${toString (number - number / 40 * 40)}.${toString (number - number / 7 * 7)}";
    in
    derivation { name = "${pname}-${version}"; inherit system; builder = "/bin/sh"; outputs = [ "out" "dev" ]; } // {
      inherit pname version;
      meta = {
        description = "The tool with the number ${toString number}";
        homepage = "https://example.org/${pname}";
        license = { shortName = "mit"; spdxId = "MIT"; fullName = "MIT License"; free = true; };
        platforms = [ "x86_64-linux" "aarch64-darwin" ];
        maintainers = [ { name = "Ada"; email = "ada@example.org"; github = "ada"; keys = [ ]; } ];
        broken = number - number / 50 * 50 == 0;
        position = toString ./all-packages.nix + ":7";
      } // meta;
    } // removeAttrs more [ "pname" "number" "meta" ];
  mk = number: make { pname = "tool${toString number}"; inherit number; };
  callPackage = file: arguments:
    let
      function = import file;
    in
    function (builtins.intersectAttrs (builtins.functionArgs function) self // arguments);
  # Sets that stand within others only.
  parts = {
@parts@
  };
  self = {
    inherit callPackage make;
@attributes@
  };
in
self
"""


class _Writing:
    """The attributes of a tree, line by line."""

    def __init__(self, directory: Path, failing: Sequence[str], partly: Sequence[str]) -> None:
        directory.mkdir(parents=True)
        self.directory = directory
        self.lines: list[str] = []
        self.parts: list[str] = []
        self.packages: dict[Standing, int] = {}
        self.failing: set[Standing] = set()
        self._kinds = failing
        self._partly_kinds = partly

    def by_name(self, name: str, number: int) -> None:
        """A package in a file of its own, with the arguments that it asks for."""
        folder = self.directory.parent / "by-name" / name[:2] / name
        folder.mkdir(parents=True)
        (folder / "package.nix").write_text(
            f'{{ make, enabled ? true }}:\nmake {{ pname = "{name}"; number = {number}; }}\n'
        )
        self._package(
            Standing(AttrPath((name,))), number, f"callPackage ../by-name/{name[:2]}/{name}/package.nix {{ }}"
        )

    def top(self, top: Standing, numbers: Sequence[int]) -> None:
        """What stands outside of all sets."""
        for number in numbers:
            self._package(top.below(f"tool{number}"), number, f"mk {number}")
        for number, name in enumerate(ODD_NAMES):
            self._package(top.below(name), number, f"mk {number}")
        for number in range(3):
            self._package(top.below(f"alias{number}"), numbers[number], f"self.tool{numbers[number]}")
        for name, text in NO_PACKAGES.items():
            self.lines.append(f"    {quoted(name)} = {text};")
        for kind in self._kinds:
            self._failure(top.below(f"failing-{kind}"), kind)
        for number, kind in enumerate(self._partly_kinds):
            self._package(top.below(f"partly-{kind}"), number, self._partly(number, BROKEN_FIELDS[kind]))

    def scopes(self, top: Standing, share: int) -> None:
        """Sets of packages: some known by name, some that ask for it, some within others, and circles of them."""
        self._scope(top.below("python3Packages"), share * 3, "pythonPackages = self.python3Packages;")
        self._scope(top.below("qt6"), share, "recurseForDerivations = true;")
        nested = top.below("kdePackages")
        self._scope(nested, share, "gearPackages = parts.kdeGear; frameworks = parts.kdeFrameworks;")
        self._scope(nested.below("gearPackages"), share, name="kdeGear")
        asking = nested.below("frameworks", recursing=True)
        self._scope(asking, share, "recurseForDerivations = true;", name="kdeFrameworks")
        erlang = top.below("beam", "packages", "erlang27")
        self._scope(erlang, share, name="erlangs")
        self.lines.append('    beam = { packages = { erlang27 = parts.erlangs; other = abort "not looked at"; }; };')
        asking = top.below("texlive", recursing=True)
        self._scope(asking, share // 2, "recurseForDerivations = true; bin = parts.texliveBin;")
        self._scope(asking.below("bin"), share // 2, "recurseForDerivations = true;", name="texliveBin")
        self.lines.append("    haskell.packages.ghc9 = { lens = mk 9; pandoc = mk 10; };")

    def circles(self, top: Standing) -> None:
        """Nixpkgs within itself, for other machines too, and two sets that contain each other."""
        self.lines += [
            "    pkgs = self; buildPackages = self; targetPackages = self // { extra = mk 1; };",
            "    pkgsCross = { recurseForDerivations = true; arm = self // { recurseForDerivations = true; }; };",
            "    onePackages = { one = mk 1; twoPackages = self.twoPackages; };",
            "    twoPackages = { two = mk 2; onePackages = self.onePackages; };",
        ]
        for path, number in (
            (("onePackages", "one"), 1),
            (("twoPackages", "two"), 2),
            (("onePackages", "twoPackages", "two"), 2),
            (("twoPackages", "onePackages", "one"), 1),
        ):
            self.packages[Standing(AttrPath(path), len(path))] = number

    def _scope(self, standing: Standing, count: int, more: str = "", *, name: str | None = None) -> None:
        """A set of packages, under a name among the parts where it stands deeper."""
        prefix = "".join(standing.path.parts)
        lines = [f"    {name or standing.path.name} = {{ {more}"]
        for number in range(count):
            self.packages[standing.below(f"{prefix}{number}")] = number
            lines.append(f"      {prefix}{number} = mk {number};")
        for kind in self._kinds:
            if kind in ("abort", "throw", "recursion"):
                self.failing.add(standing.below(f"failing-{kind}"))
                lines.append(f"      failing-{kind} = {FAILING[kind]};")
        place = self.lines if name is None else self.parts
        place += [*lines, "    };"]

    def _package(self, standing: Standing, number: int, text: str) -> None:
        self.packages[standing] = number
        self.lines.append(f"    {quoted(standing.path.name)} = {text};")

    def _failure(self, standing: Standing, kind: str) -> None:
        self.failing.add(standing)
        self.lines.append(f"    {quoted(standing.path.name)} = {FAILING[kind]};")

    def _partly(self, number: int, text: str) -> str:
        if text.startswith("meta."):
            return f'make {{ pname = "partly"; number = {number}; {text} }}'
        return f"mk {number} // {{ {text} }}"


def attributes_of(tree: WrittenTree) -> Iterator[AttrPath]:
    """Every attribute that is known to be there, failing or not."""
    yield from (standing.path for standing in (*tree.packages, *tree.failing))
