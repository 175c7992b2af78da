#!/bin/sh
# What `make demo` shows: a database from nothing, a real repository indexed, and searched in words and by name.
# BIN and PGCODESEARCH_HOME come from the Makefile.
set -eu
unset PGCODESEARCH_DATABASE_URL

run() { printf '\n$ pgcodesearch %s\n' "$*"; "$BIN/pgcodesearch" "$@"; }

sources=$("$BIN/python" -c 'import click, pathlib; print(pathlib.Path(click.__file__).parent)')
run init
run index "$sources" --repository click
run status
run search 'where are typed values of command line options converted' -k 5
run search 'BadParameter' -k 3
run server psql -c "select rank, path, start_line, symbol, score from codesearch.search('BadParameter', k => 3)"
printf '\nThe server keeps running: psql "%s"\nStop it with: make demo-stop\n' "$("$BIN/pgcodesearch" server url)"
