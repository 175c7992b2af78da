# A PostgreSQL 15 server with PL/Python, pg_cron, pgvector and the extension, by the same script as a plain Debian.
# Build from the repository's root: docker build -f docker/database.Dockerfile -t pgcodesearch-database .
FROM debian:bookworm

COPY . /usr/src/pgcodesearch
RUN apt-get update -q \
    && apt-get install -qy --no-install-recommends ca-certificates \
    && /usr/src/pgcodesearch/docker/install-server.sh \
    && rm -rf /var/lib/apt/lists/*

ENV PGDATA=/var/lib/postgresql/data
RUN install -d -o postgres -g postgres -m 700 "$PGDATA"
VOLUME /var/lib/postgresql/data
USER postgres
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/src/pgcodesearch/docker/run-database.sh"]
