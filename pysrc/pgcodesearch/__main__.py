"""python -m pgcodesearch is the command pgcodesearch."""

from pgcodesearch.cli import main

if __name__ == "__main__":
    main(prog_name="pgcodesearch")
