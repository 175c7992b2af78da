# The command line and the worker; any number of them may run beside one database.
# Build from the repository's root: docker build -f docker/worker.Dockerfile -t pgcodesearch-worker .
FROM debian:bookworm

RUN apt-get update -q \
    && apt-get install -qy --no-install-recommends python3-venv git ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY . /usr/src/pgcodesearch
RUN python3 -m venv /opt/pgcodesearch \
    && PIP_CONSTRAINT=/usr/src/pgcodesearch/constraints.txt \
       /opt/pgcodesearch/bin/pip install --no-cache-dir -q '/usr/src/pgcodesearch[mcp]' \
    && useradd --system --create-home worker
USER worker
ENV PATH=/opt/pgcodesearch/bin:$PATH
ENTRYPOINT ["pgcodesearch"]
CMD ["worker"]
