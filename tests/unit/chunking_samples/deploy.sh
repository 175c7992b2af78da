#!/usr/bin/env bash
# Puts a release on a server.
set -euo pipefail

readonly TARGET_FOLDER="/srv/app"
source ./common.sh

# Prints a message to standard error.
log() {
    echo "$(date) $*" >&2
}

function upload_release {
    local archive="$1"
    log "uploading ${archive}"
    # keep the old one
    rsync -a "${archive}" "server:${TARGET_FOLDER}"
}

if [[ "${1:-}" == "--now" ]]; then
    upload_release "$2"
fi
