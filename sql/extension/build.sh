#!/usr/bin/env bash
# Writes the extension's scripts from sql/manifest: pgcodesearch--VERSION.sql for the newest version, and one upgrade
# script from the version before it. Needs nothing but bash and awk, so that a server can be built without Python.
# usage: build.sh OUTPUT_DIRECTORY
set -euo pipefail

readonly HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly SQL="$(dirname "$HERE")"
readonly OUTPUT="${1:?usage: build.sh OUTPUT_DIRECTORY}"

# Files of the run-once sections after revision $1 up to revision $2, in the manifest's order.
table_files() {
    awk -v after="$1" -v last="$2" '
        { sub(/#.*/, "") }
        /^\[/ { revision = ($1 == "[tables") ? substr($2, 1, 4) : ""; next }
        NF && revision != "" && revision > after && revision <= last { print $1 }
    ' "$SQL/manifest"
}

# Files that are created again by every version.
replaceable_files() {
    awk '
        { sub(/#.*/, "") }
        /^\[/ { once = ($1 == "[tables"); next }
        NF && !once { print $1 }
    ' "$SQL/manifest"
}

print_files() {
    local file
    while read -r file; do
        printf '\n-- %s\n' "$file"
        cat "$SQL/$file"
    done
}

versions() { awk '{ sub(/#.*/, "") } NF { print $1, $2 }' "$HERE/versions"; }

# $1 file, $2 statement to say in psql, $3 revision before ("" for none), $4 revision, $5 statement for the revision
write_script() {
    {
        printf -- '-- complain if this file is sourced in psql\n'
        printf '\\echo Use "%s" to load this file. \\quit\n' "$2"
        table_files "$3" "$4" | print_files
        printf '\n%s\n' "$5"
        replaceable_files | print_files
        printf '\n'
        cat "$HERE/config_dump.sql"
    } > "$OUTPUT/$1"
}

read -r version revision < <(versions | tail -n 1)
write_script "pgcodesearch--$version.sql" "CREATE EXTENSION pgcodesearch" "" "$revision" \
    "create table alembic_version (version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num));
insert into alembic_version values ('$revision');"

if [ "$(versions | wc -l)" -gt 1 ]; then
    read -r old_version old_revision < <(versions | tail -n 2 | head -n 1)
    write_script "pgcodesearch--$old_version--$version.sql" "ALTER EXTENSION pgcodesearch UPDATE" \
        "$old_revision" "$revision" "update alembic_version set version_num = '$revision';"
fi
