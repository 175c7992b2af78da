"""No process of ours speaks to a host on the internet, or leaves a telemetry file."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EMBED = """
from pgcodesearch.embedding import load_embedder
load_embedder().encode(["where are redirects followed"], kind="query")
"""
IN_A_CHILD = f"""
import multiprocessing, sys
process = multiprocessing.get_context(sys.argv[1]).Process(target=exec, args=({EMBED!r}, {{}}))
if __name__ == "__main__":
    process.start()
    process.join()
    assert process.exitcode == 0
"""


def _strace():
    tool = shutil.which("strace")
    if tool is None:
        reason = "strace is missing: docker/install-server.sh --with-test-tools installs it"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return tool


@pytest.mark.parametrize("start", ["itself", "fork", "spawn", "forkserver"])
def test_embedding_calls_no_host_and_leaves_no_file(tmp_path, start):
    program = tmp_path / "program.py"
    program.write_text(EMBED if start == "itself" else IN_A_CHILD)
    home, trace = tmp_path / "home", tmp_path / "trace"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    traced = [_strace(), "-f", "-e", "trace=socket,connect,sendto", "-o", str(trace)]
    subprocess.run(
        [*traced, sys.executable, str(program), start], env=environment | {"HOME": str(home)}, check=True
    )
    assert not re.findall(r".*AF_INET.*", trace.read_text())
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_onnx_runtime_is_loaded_by_modules_of_the_package_alone():
    """The package's first module turns telemetry off."""
    sources = [
        path
        for folder in ("pysrc", "plpython", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if ".cache" not in path.parts
    ]
    imports = re.compile(r"^\s*(import|from) onnxruntime", re.MULTILINE)
    found = {path.relative_to(ROOT) for path in sources if imports.search(path.read_text())}
    assert found == {Path("pysrc/pgcodesearch/embedding/session.py")}
