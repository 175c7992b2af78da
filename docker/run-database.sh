#!/bin/sh
# Entry point of the database image: creates the cluster on the first start, then runs the server in the foreground.
# POSTGRES_PASSWORD is required then; the database codesearch is created with the extension in it.
set -eu
bin=/usr/lib/postgresql/15/bin

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD for the first start}"
    secret=$(mktemp)
    printf '%s' "$POSTGRES_PASSWORD" > "$secret"
    "$bin/initdb" -D "$PGDATA" -U postgres -E UTF8 --locale=C.UTF-8 \
        --auth-local=peer --auth-host=scram-sha-256 --pwfile="$secret"
    rm -f "$secret"
    cat >> "$PGDATA/postgresql.conf" << 'EOF'
listen_addresses = '*'
shared_preload_libraries = 'pg_cron'
cron.database_name = 'codesearch'
cron.use_background_workers = on
jit = off
EOF
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    "$bin/pg_ctl" -D "$PGDATA" -w -o "-c listen_addresses=''" start
    "$bin/createdb" codesearch
    "$bin/psql" -qX -d codesearch -c 'create extension pg_cron' -c 'create extension plpython3u' \
        -c 'create extension pgcodesearch cascade' -c 'select codesearch.schedule_maintenance()'
    "$bin/pg_ctl" -D "$PGDATA" -w stop
fi
exec "$bin/postgres" -D "$PGDATA"
