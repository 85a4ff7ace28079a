"""Which reader reads which manifest, and what becomes of one that makes no sense."""

from collections.abc import Callable

from kodit.domain.code.classification import decoded
from kodit.domain.sources.manifest import MANIFEST_SIZE, Manifest, ReadManifest
from kodit.infrastructure.manifests.cargo import read_cargo_toml
from kodit.infrastructure.manifests.composer import read_composer_json
from kodit.infrastructure.manifests.dotnet import read_project, read_props
from kodit.infrastructure.manifests.gem import read_gemfile, read_gemspec
from kodit.infrastructure.manifests.go import read_go_mod, read_go_work
from kodit.infrastructure.manifests.gradle import read_build, read_properties, read_settings
from kodit.infrastructure.manifests.maven import read_pom
from kodit.infrastructure.manifests.mix import read_mix_exs
from kodit.infrastructure.manifests.npm import read_package_json, read_pnpm_workspace
from kodit.infrastructure.manifests.python import read_pyproject, read_setup_cfg, read_setup_py

Reader = Callable[[str, str], Manifest]

READERS: dict[str, Reader] = {
    "Cargo.toml": read_cargo_toml,
    "Directory.Build.props": read_props,
    "Directory.Packages.props": read_props,
    "Gemfile": read_gemfile,
    "build.gradle": read_build,
    "build.gradle.kts": read_build,
    "composer.json": read_composer_json,
    "go.mod": read_go_mod,
    "go.work": read_go_work,
    "gradle.properties": read_properties,
    "mix.exs": read_mix_exs,
    "package.json": read_package_json,
    "pnpm-workspace.yaml": read_pnpm_workspace,
    "pom.xml": read_pom,
    "pyproject.toml": read_pyproject,
    "settings.gradle": read_settings,
    "settings.gradle.kts": read_settings,
    "setup.cfg": read_setup_cfg,
    "setup.py": read_setup_py,
    ".csproj": read_project,
    ".fsproj": read_project,
    ".gemspec": read_gemspec,
    ".vbproj": read_project,
}
"""By the file's name, or by its ending with the dot."""


def read_manifest(path: str, content: bytes) -> ReadManifest:
    """What a manifest says; None, and why, for one that makes no sense. Raises nothing."""
    if len(content) > MANIFEST_SIZE:
        return ReadManifest(path=path, manifest=None, problem=f"larger than {MANIFEST_SIZE // 1024} KiB")
    text = decoded(content)
    if text is None:
        return ReadManifest(path=path, manifest=None, problem="no text")
    try:
        return ReadManifest(path=path, manifest=_reader(path)(path, text.removeprefix("\ufeff")))
    except RecursionError:
        return ReadManifest(path=path, manifest=None, problem="nested too deeply")
    except MemoryError:
        return ReadManifest(path=path, manifest=None, problem="too much for the memory it may take")
    except ValueError as error:
        return ReadManifest(path=path, manifest=None, problem=_line(error))


def _reader(path: str) -> Reader:
    name = path.rpartition("/")[2]
    return READERS[name] if name in READERS else READERS[f".{name.rpartition('.')[2]}"]


def _line(error: ValueError) -> str:
    """The error in one line of a sane length, as every database can hold it."""
    words = " ".join(str(error).split())[:200].replace("\0", "")
    return words.encode("utf-8", "replace").decode() or type(error).__name__
