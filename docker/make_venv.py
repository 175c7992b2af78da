"""Creates the virtual environment of the Makefile, or says what is missing for it."""

import shutil
import subprocess
import sys
import venv

OLDEST = (3, 11)


def main(target: str) -> None:
    if sys.version_info < OLDEST:
        wanted, found = ".".join(map(str, OLDEST)), sys.version.split()[0]
        sys.exit(f"Python {wanted} or newer is needed, this is {found}: make PYTHON=...")
    try:
        venv.create(target, with_pip=True)
    except (subprocess.CalledProcessError, ImportError, OSError) as error:
        # Debian ships venv without ensurepip unless python3-venv is installed.
        shutil.rmtree(target, ignore_errors=True)
        sys.exit(f"could not create {target}: {error}\non Debian: apt-get install python3-venv")


if __name__ == "__main__":
    main(sys.argv[1])
