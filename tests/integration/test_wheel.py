"""The wheel carries everything the package reads at run time, and works without the checkout."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from pgcodesearch.database import sql_files

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def build(kind: str, source: Path, target: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)], cwd=source, check=True
    )
    (built,) = target.iterdir()
    return built


def test_contents(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"pgcodesearch/_sql/{file.path}" for file in sql_files.manifest()}
    wanted |= {
        "pgcodesearch/_sql/manifest",
        "pgcodesearch/_sql/extension/build.sh",
        "pgcodesearch/_migrations/env.py",
    }
    package = ROOT / "pysrc/pgcodesearch"
    for pattern in (
        "models/*/*",
        "chunking/queries/*.scm",
        "agents/texts/*",
        "serving/templates/*",
        "serving/static/*",
        "**/*.py",
    ):
        found = [path for path in package.glob(pattern) if path.is_file() and "__pycache__" not in path.parts]
        assert found, pattern
        wanted |= {f"pgcodesearch/{path.relative_to(package).as_posix()}" for path in found}
    training = [path.relative_to(ROOT).as_posix() for path in (ROOT / "training").glob("**/*.py")]
    assert training
    wanted |= {f"pgcodesearch/{path}" for path in training}
    assert wanted - names == set()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"pgcodesearch"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/NOTICE") for name in names)


def test_the_source_distribution_gives_the_same_wheel(wheel, tmp_path):
    """pysrc/pgcodesearch/training is a link, which an archive may keep, follow or lose."""
    with tarfile.open(build("sdist", ROOT, tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build("wheel", source, tmp_path / "wheel")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


def test_init_from_the_wheel_alone(wheel, empty_database, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import pgcodesearch, json\n"
        "from pgcodesearch.database import sql_files\n"
        "from pgcodesearch.operating.installing import install\n"
        f"report = install({empty_database.url!r})\n"
        "print(pgcodesearch.__file__, sql_files.sql_directory(), report['schema_change'], report['model'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    package, directory, change, model = done.stdout.split()
    assert Path(package).is_relative_to(tmp_path)
    assert Path(directory).is_relative_to(tmp_path)
    assert (change, bool(model)) == ("created", True)
