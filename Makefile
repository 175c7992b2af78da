# Works from a fresh clone with Python 3.11 or newer. Everything is installed into .venv, at the versions of
# constraints.txt.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_HOME ?= $(CURDIR)/.demo
PYTEST_ARGS ?=
TEST_MARKS ?= -m 'not heavy'
# Tests wait for processes and servers a good part of their time: one more than there are cores.
TEST_PROCESSES ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
BENCH_ARGS ?=
QUALITY_ARGS ?=

.PHONY: help demo demo-stop test test-all test-fast lint format bench bench-branch bench-shapes bench-growth bench-kill bench-concurrency bench-embedding bench-month bench-mcp bench-page bench-readers bench-shards quality clean

help:
	@printf '%s\n' \
		'make demo      index a real repository on the embedded server, and search it' \
		'make test      the tests; as root on Debian it installs the server parts first' \
		'make test-all  those that kill, train and load the machine for minutes, too' \
		'make test-fast what to run at every save: units, SQL and one worker, in under a minute' \
		'make lint      ruff, mypy, SQL and shell checks' \
		'make bench     speed beside other engines; writes tests/benchmarks/results/' \
		'make bench-kill         10,000 files indexed while workers and server are killed' \
		'make bench-concurrency  50 searchers and 4 writers for 60 s' \
		'make bench-branch       what a branch costs: bytes, time to make, search' \
		'make bench-shapes       what many repositories cost a search: of all, and of one of them' \
		'make bench-shards       what a coordinator and its shards cost, and answer while one is killed; as root on Debian' \
		'make bench-growth       what grows how fast, from 10,000 to 1,000,000 chunks; hours, goes on where it stopped' \
		'make bench-embedding    what sharing runs of the model gains, and what embedding inside PostgreSQL costs; as root on Debian' \
		'make bench-month        a simulated month of use: does the model learn from it? writes tests/benchmarks/results/' \
		'make bench-mcp          how long an agent waits: the first answer, and twenty clients at once' \
		'make bench-readers      a minute of search on two standbys, with a failover in the middle' \
		'make bench-page how long somebody waits for the page, with four clients' \
		'make quality   search quality on judged queries; writes quality-results/' \
		'make clean     remove what these made'

$(BIN)/python:
	$(PYTHON) docker/make_venv.py $(VENV)

# One stamp for each set of extras: a demo needs no test tools, a test no training tools.
$(VENV)/.installed-%: $(BIN)/python pyproject.toml constraints.txt
	PIP_CONSTRAINT=constraints.txt $(BIN)/pip install -q --disable-pip-version-check -e '.[$*]'
	touch $@

demo: $(VENV)/.installed-embedded
	@PGCODESEARCH_HOME='$(DEMO_HOME)' BIN='$(BIN)' sh docker/demo.sh

demo-stop:
	PGCODESEARCH_HOME='$(DEMO_HOME)' $(BIN)/pgcodesearch server stop

# The learning loop is tested with real training, so the tests need PyTorch (the CPU's is enough).
test: $(VENV)/.installed-dev,train
	@if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then docker/install-server.sh --without-package --with-test-tools; \
	else echo 'not root on Debian: tests of the Debian server are skipped'; fi
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadgroup --no-loadscope-reorder $(TEST_MARKS) $(PYTEST_ARGS)

# Those that kill processes, train or keep the machine busy for a minute, too.
test-all:
	$(MAKE) test TEST_MARKS=

test-fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup --no-loadscope-reorder -m 'not slow and not quiet' \
		--ignore-glob 'tests/unit/test_training*' --ignore tests/unit/test_distill.py tests/unit tests/sql 'tests/integration/test_worker.py::test_an_update_in_sql_is_found[installed]' $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/unit/test_sql_files.py tests/unit/test_sql_syntax.py
	for script in docker/*.sh sql/extension/build.sh .ci/run; do bash -n $$script || exit 1; done

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-embedded,bench
	$(BIN)/python tests/benchmarks/run.py $(BENCH_ARGS)

bench-kill: $(VENV)/.installed-dev
	$(BIN)/python tests/benchmarks/killing.py $(BENCH_ARGS)

bench-concurrency: $(VENV)/.installed-dev
	$(BIN)/python tests/benchmarks/concurrency.py $(BENCH_ARGS)

bench-branch: $(VENV)/.installed-dev
	$(BIN)/python tests/benchmarks/branches.py $(BENCH_ARGS)

bench-shapes: $(VENV)/.installed-dev
	$(BIN)/python tests/benchmarks/shapes.py $(BENCH_ARGS)

bench-shards: $(VENV)/.installed-dev
	docker/install-server.sh --without-package
	$(BIN)/python tests/benchmarks/shards.py $(BENCH_ARGS)

bench-growth: $(VENV)/.installed-embedded,bench
	$(BIN)/python tests/benchmarks/growth.py $(BENCH_ARGS)

bench-embedding: $(VENV)/.installed-dev
	docker/install-server.sh --without-package
	$(BIN)/python tests/benchmarks/concurrent_queries.py
	$(BIN)/python tests/benchmarks/server_embedding.py $(BENCH_ARGS)

bench-month: $(VENV)/.installed-dev,train,bench
	$(BIN)/python tests/benchmarks/simulated_month.py $(BENCH_ARGS)

bench-mcp: $(VENV)/.installed-embedded,mcp
	$(BIN)/python tests/benchmarks/mcp_server.py $(BENCH_ARGS)

bench-readers: $(VENV)/.installed-dev
	$(BIN)/python tests/benchmarks/readers.py $(BENCH_ARGS)

bench-page: $(VENV)/.installed-embedded,page
	$(BIN)/python tests/benchmarks/page.py $(BENCH_ARGS)

quality: $(VENV)/.installed-embedded
	$(BIN)/python tests/quality/run.py $(QUALITY_ARGS)

clean:
	-[ ! -x $(BIN)/pgcodesearch ] || PGCODESEARCH_HOME='$(DEMO_HOME)' $(BIN)/pgcodesearch server stop
	rm -rf $(VENV) '$(DEMO_HOME)' build dist tests/benchmarks/.cache quality-results .pytest_cache .mypy_cache .ruff_cache
