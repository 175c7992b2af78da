"""Download and unpack the packages that pairs are made from, with the registries' own clients.

    python -m pgcodesearch.training.fetch training/configs/packages.toml FOLDER

FOLDER/<registry>_<package>/ holds one package each; one that is there already is left alone. Debian
sources need deb-src lists on the machine. Repositories (``git = ["https://…/owner/name@commit"]``) come with their
history. Nothing of a package is run.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path


def fetch_pypi(requirement: str, scratch: Path, target: Path) -> None:
    """Unpack a wheel, or a source archive where there is no wheel."""
    client = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", ".", requirement]
    try:
        call([*client, "--only-binary=:all:"], scratch)
    except subprocess.CalledProcessError:
        call(client, scratch)
    unpack(first_file(scratch), target)


def fetch_npm(requirement: str, scratch: Path, target: Path) -> None:
    """Unpack a package's tarball."""
    call(["npm", "pack", "--silent", requirement], scratch)
    unpack(first_file(scratch), target)


def fetch_debian(requirement: str, scratch: Path, target: Path) -> None:
    """Unpack a binary package; those of libraries in Go, Rust, PHP and Ruby hold source."""
    call(["apt-get", "-q", "download", requirement], scratch)
    call(["dpkg-deb", "-x", first_file(scratch).name, str(target.resolve())], scratch)


def fetch_debian_source(requirement: str, scratch: Path, target: Path) -> None:
    """Unpack the upstream archive of a source package."""
    call(["apt-get", "-q", "source", "--download-only", requirement], scratch)
    unpack(next(file for file in sorted(scratch.glob("*.orig.tar.*")) if file.suffix != ".asc"), target)


def fetch_git(requirement: str, scratch: Path, target: Path) -> None:
    """Clone ``URL@commit`` with its history, and check that commit out; nothing of the repository is run."""
    url, _, commit = requirement.rpartition("@")
    call(
        ["git", "-c", "core.hooksPath=/dev/null", "clone", "-q", "--no-checkout", url, str(target.resolve())],
        scratch,
    )
    call(["git", "-c", "core.hooksPath=/dev/null", "-C", str(target.resolve()), "checkout", "-q", "--detach", commit],
         scratch)  # fmt: skip


REGISTRIES: dict[str, Callable[[str, Path, Path], None]] = {
    "pypi": fetch_pypi,
    "npm": fetch_npm,
    "debian": fetch_debian,
    "debsource": fetch_debian_source,
    "git": fetch_git,
}


def folder_name(registry: str, requirement: str) -> str:
    """``<registry>_<package>`` without the version; a scope's slash becomes a dash. Of a URL owner and name count."""
    if registry == "git":
        owner, name = requirement.rpartition("@")[0].removesuffix(".git").rsplit("/", 2)[-2:]
        return f"git_{owner}-{name}"
    package = requirement[0] + requirement[1:].replace("==", "@").replace("=", "@").split("@")[0]
    return f"{registry}_{package.lstrip('@').replace('/', '-')}"


def call(command: list[str], folder: Path) -> None:
    """Run a client in a folder; raises CalledProcessError with its output."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


def first_file(folder: Path) -> Path:
    """The one file that a client left."""
    return next(path for path in sorted(folder.iterdir()) if path.is_file())


def unpack(archive: Path, target: Path) -> None:
    """Unpack a zip or tar archive; members that lead out of the folder are refused."""
    target.mkdir(parents=True, exist_ok=True)
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as content:
            content.extractall(target)
    else:
        with tarfile.open(archive) as content:
            content.extractall(target, filter="data")


def main() -> int:
    """Run the command; says what failed and goes on, exit status 1 then."""
    packages, root, failed = tomllib.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]), 0
    for registry, requirements in packages.items():
        for requirement in requirements:
            target = root / folder_name(registry, requirement)
            if target.exists():
                continue
            with tempfile.TemporaryDirectory() as scratch:
                try:
                    REGISTRIES[registry](requirement, Path(scratch), target)
                except (subprocess.CalledProcessError, StopIteration) as error:
                    failed += 1
                    print(f"{requirement}: {(getattr(error, 'stderr', '') or 'no archive').strip()[-300:]}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
