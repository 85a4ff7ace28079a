"""A wheel built from this checkout works in an environment that has nothing else of it."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]


def _run(*command: str | Path, cwd: Path, **variables: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KODIT_", "PYTHON", "VIRTUAL_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with kodit from the wheel, and kodit's dependencies from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("elsewhere")
    _run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    [site_packages] = folder.glob("lib/python*/site-packages")
    # A path named by a .pth file has its own .pth files ignored: the editable kodit of this environment stays out.
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_carries_the_migrations_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    revisions = sorted(path.name for path in (ROOT / "alembic" / "versions").glob("*.py"))
    assert [name for name in revisions if f"kodit/alembic/versions/{name}" not in names] == []
    assert [name for name in names if not name.startswith(("kodit/", "kodit-"))] == []
    assert "kodit/py.typed" in names


def test_the_wheel_carries_all_that_the_page_is_made_of(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    room = ROOT / "src" / "kodit" / "interfaces" / "web"
    files = [path for folder in ("templates", "static") for path in (room / folder).iterdir()]
    assert len(files) > 10
    assert [path.name for path in files if f"kodit/{path.relative_to(ROOT / 'src' / 'kodit')}" not in names] == []


def test_the_wheel_carries_the_expression_that_nix_evaluates(wheel: Path) -> None:
    assert "kodit/infrastructure/nix/walk.nix" in zipfile.ZipFile(wheel).namelist()


def test_kodit_from_the_wheel_indexes_and_searches(elsewhere: Path, tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "greeting.py").write_text("def greet_politely(name: str) -> str:\n    return f'Good day, {name}'\n")
    kodit, python = elsewhere / "bin" / "kodit", elsewhere / "bin" / "python"

    found_at = _run(python, "-c", "import kodit.bootstrap; print(kodit.__file__)", cwd=tmp_path)
    assert Path(found_at.strip()).is_relative_to(elsewhere)

    variables = {"KODIT_DATA_DIR": str(tmp_path / "data"), "KODIT_CONFIG": str(tmp_path / "none.toml")}
    _run(kodit, "index", code, "--workers", "1", cwd=tmp_path, **variables)
    answer = json.loads(_run(kodit, "search", "greet politely", "--json", cwd=tmp_path, **variables))
    assert [hit["path"] for hit in answer["results"]] == ["greeting.py"]
