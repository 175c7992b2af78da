#!/usr/bin/env bash
# Installs what a pgcodesearch server needs on Debian 12, as root: PostgreSQL 15 with PL/Python, pg_cron, PL/Proxy, pgvector,
# the extension pgcodesearch, and the Python package for PL/Python (codesearch.embed_query). Run it again at will: what is
# there already is left alone. --without-package leaves the Python package out; --with-test-tools adds what only tests
# use: pgbouncer, plpgsql_check, ripgrep to compare with, strace to watch the network with, Prometheus, which is not
# started, and Chromium to look at the page with.
#
# pgvector is not packaged for Debian 12. Its source package of a later release is fetched through a temporary
# deb-src list on the mirror this machine already uses, and built here with PGXS. Not trixie's: that is 0.8.0, and
# before 0.8.4 a vacuum can corrupt an HNSW index. An older pgvector that is here already is replaced.
set -euo pipefail

readonly PG_MAJOR="${PG_MAJOR:-15}"
readonly LATER_RELEASE=forky
readonly OLDEST_PGVECTOR=0.8.4
# For when a mirror lists a package whose files it has not: an earlier one in the same place, equal to upstream's tag.
readonly KEPT_PGVECTOR=0.8.6
readonly KEPT_SHA256=25c9b78cfdaa43c66788d7490246ac24e4fe1c86f19c4b60c089b723f84a4a0d
readonly PG_CONFIG="/usr/lib/postgresql/${PG_MAJOR}/bin/pg_config"
readonly EXTENSIONS="/usr/share/postgresql/${PG_MAJOR}/extension"
readonly PACKAGE_HOME=/opt/pgcodesearch
readonly REPOSITORY="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf 'install-server: %s\n' "$*"; }

main() {
    [ "$(id -u)" = 0 ] || { say "run me as root"; exit 1; }
    command -v apt-get > /dev/null || { say "apt-get not found: this script is for Debian"; exit 1; }
    export DEBIAN_FRONTEND=noninteractive
    local option package=yes extra=()
    for option in "$@"; do
        case "$option" in
            --without-package) package=no ;;
            --with-test-tools) extra=(pgbouncer "postgresql-${PG_MAJOR}-plpgsql-check" ripgrep strace prometheus chromium) ;;
            *) say "unknown option $option"; exit 2 ;;
        esac
    done
    # Debian's own service would listen on all addresses; tests start theirs.
    [ ${#extra[@]} -eq 0 ] || [ ! -d /run/systemd/system ] || systemctl -q mask prometheus
    install_packages "${extra[@]}"
    has_pgvector || install_pgvector
    install_extension
    [ "$package" = no ] || install_package
    say "done: PostgreSQL ${PG_MAJOR} with PL/Python, pg_cron, PL/Proxy, pgvector and pgcodesearch"
}

install_packages() {
    local wanted=() package
    for package in python3-venv "postgresql-${PG_MAJOR}" "postgresql-plpython3-${PG_MAJOR}" "postgresql-${PG_MAJOR}-cron" \
        "postgresql-${PG_MAJOR}-plproxy" \
        "postgresql-server-dev-${PG_MAJOR}" build-essential dpkg-dev "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' || wanted+=("$package")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    say "installing ${wanted[*]}"
    apt-get update -q
    apt-get install -qy --no-install-recommends "${wanted[@]}"
}

# Address of the Debian archive this machine is set up with, from either style of sources list.
configured_mirror() {
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] && awk '
            /^[[:space:]]*$/ { uri = "" }
            /^URIs:/ { uri = $2 }
            /^Suites:/ && $2 == "bookworm" && uri { print uri }
        ' "$file"
    done
    [ ! -e /etc/apt/sources.list ] || sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) +bookworm +.*/\2/p' /etc/apt/sources.list
}

has_pgvector() {
    local found
    found="$(sed -nE "s/^default_version *= *'(.*)'/\1/p" "${EXTENSIONS}/vector.control" 2> /dev/null)"
    [ -n "$found" ] && dpkg --compare-versions "$found" ge "$OLDEST_PGVECTOR"
}

install_pgvector() {
    local mirror work
    mirror="$(configured_mirror | head -n 1)"
    [ -n "$mirror" ] || { say "no bookworm entry found in apt's sources"; exit 1; }
    work="$(mktemp -d)"
    trap "rm -rf '$work'" EXIT
    mkdir -p "$work/source"
    fetch_pgvector "$mirror" "$work" || fetch_kept_pgvector "$mirror" "$work"
    say "building $(basename "$work"/source/*pgvector-*/)"
    make -C "$work"/source/*pgvector-*/ -s OPTFLAGS="" PG_CONFIG="$PG_CONFIG" all install
    say "databases that have an older pgvector: alter extension vector update; new sessions use the new code at once"
}

# A list and a state folder of its own: the machine's package lists never see the later release.
fetch_pgvector() {
    local mirror="$1" work="$2"
    mkdir -p "$work/lists/partial"
    printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
        "$mirror" "$LATER_RELEASE" > "$work/sources.list"
    local options=(
        -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$work/lists" -o APT::Sandbox::User=root
    )
    apt-get "${options[@]}" update -q && (cd "$work/source" && apt-get "${options[@]}" source -q --only-source pgvector)
}

fetch_kept_pgvector() {
    local mirror="$1" work="$2" file="pgvector_${KEPT_PGVECTOR}.orig.tar.gz"
    say "the mirror has no pgvector of ${LATER_RELEASE}: taking ${KEPT_PGVECTOR}"
    /usr/lib/apt/apt-helper download-file "${mirror%/}/pool/main/p/pgvector/$file" "$work/$file" "SHA256:$KEPT_SHA256"
    tar -xzf "$work/$file" -C "$work/source"
}

install_extension() {
    local build
    build="$(mktemp -d)"
    make -s -C "$REPOSITORY/sql/extension" PG_CONFIG="$PG_CONFIG" BUILD="$build" install
    rm -rf "$build"
}

# PL/Python is Debian's own python3, whose folders belong to its packages. So the package has a virtual environment of
# that python3, and one path file leads there, behind everything the system has.
install_package() {
    local version site
    version="$(sed -nE 's/^__version__ = "(.*)"/\1/p' "$REPOSITORY/pysrc/pgcodesearch/__init__.py")"
    [ "$(cat "$PACKAGE_HOME/.version" 2> /dev/null)" != "$version" ] || return 0
    say "installing the package into ${PACKAGE_HOME}"
    /usr/bin/python3 -m venv --clear "$PACKAGE_HOME"
    PIP_CONSTRAINT="$REPOSITORY/constraints.txt" "$PACKAGE_HOME/bin/pip" install --no-cache-dir -q "$REPOSITORY"
    site="$("$PACKAGE_HOME/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    /usr/bin/python3 -c 'import site, sys; open(site.getsitepackages()[0] + "/pgcodesearch.pth", "w").write(sys.argv[1] + "\n")' "$site"
    printf '%s' "$version" > "$PACKAGE_HOME/.version"
}

main "$@"
