"""Metrics: each there with its type, right, bounded, seen by who may; served to this machine as a parser reads it."""

import http.client
import json
import threading
import time

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pgcodesearch.indexing import Worker
from pgcodesearch.operating.metrics import Metrics, MetricsServer
from support.commands import call
from support.indexing import upsert
from support.tenants import SECRET, acting_as, fill_tenants, temporary_roles
from support.workers import wait_until

_LATENCY = "pgcodesearch_search_latency_seconds"


@pytest.fixture
def tenants(database):
    with database.connect() as connection:
        fill_tenants(connection)
    return database


def _families(text):
    return {family.name: family for family in text_string_to_metric_families(text)}


def _samples(database, name, **labels):
    """Values of the samples of this name that have these labels, by their other labels."""
    rows = database.rows(
        "select labels, value from codesearch.metric where name = %s and labels @> %s::jsonb",
        (f"pgcodesearch_{name}", json.dumps(labels)),
    )
    return {tuple(sorted(label.items() - labels.items())) if label else (): value for label, value in rows}


def _value(database, name, **labels):
    found = _samples(database, name, **labels)
    assert len(found) == 1, found
    return next(iter(found.values()))


def _log(
    database, milliseconds, count=1, query_class="semantic", cached=False, age="0", results=3, mode="hybrid"
):
    database.rows(
        "insert into codesearch.query_log (asked_at, query, query_hash, query_class, mode, k, result_count, latency_ms,"
        " from_cache) select now() - %s::interval, 'where is the key', gen_random_uuid(), %s, %s, 10, %s, %s, %s"
        " from generate_series(1, %s)",
        (age, query_class, mode, results, milliseconds, cached, count),
    )


def _everything(database):
    """A database in which each metric has something to say."""
    with database.connect(autocommit=False) as connection:
        upsert(connection, "a.py", "def parse_colour(text):\n    return int(text[1:], 16)\n", "demo")
        connection.commit()
        Worker(connection).run_until_idle()
    database.rows("update codesearch.branch set indexed_at = now()")
    database.rows("select * from codesearch.search('parse_colour where')")
    database.rows(
        "insert into codesearch.drift_measure (model_version_id, measure, value, threshold, hard_threshold,"
        " sample_count, state) values (1, 'pass_rate', 0.65, 0.7, 0.6, 1000, 'soft'),"
        " (1, 'miss_rate', 0.3, 0.15, 0.25, 1000, 'hard'), (1, 'mrr', null, 0.1, 0.1, 2, 'too few')"
    )
    database.rows(
        "insert into codesearch.vector_recall (model_version_id, k, sample_count, sampled_from, ef_search, recall,"
        " needs_reindex) values (1, 10, 30, 'queries', 120, 0.97, false)"
    )
    database.rows(
        "insert into codesearch.maintenance_log (started_at, step, ok, outcome, duration_ms)"
        " values ('2026-01-01', 'logs', false, '', 1), ('2026-01-02', 'logs', true, '', 1),"
        " ('2026-01-02', 'drift', false, '', 1)"
    )


def test_a_parser_reads_every_metric_that_there_is(installed):
    _everything(installed)
    text = installed.value("select codesearch.metrics_text()")
    families = _families(text)
    # The parser calls a counter by its name without _total.
    known = dict(installed.rows("select name, type from codesearch.metric_families()"))
    assert {
        name + ("_total" if family.type == "counter" else ""): family.type
        for name, family in families.items()
    } == known
    assert all(family.documentation and family.samples for family in families.values())
    assert "parse_colour" not in text
    assert installed.value("select count(*) from codesearch.metric") == len(
        [line for line in text.splitlines() if not line.startswith("#")]
    )
    # What the state of things is.
    assert _value(installed, "threshold_pass_rate") == 0.65
    assert _samples(installed, "drift_state", subject="") == {
        (("measure", "pass_rate"),): 1,
        (("measure", "miss_rate"),): 2,
    }
    assert _value(installed, "vector_recall", model="minilm-code-v2") == 0.97
    assert _value(installed, "vector_recall_minimum") == 0.95
    assert _value(installed, "maintenance_failed_steps") == 1
    assert _value(installed, "model_info", model="minilm-code-v2", status="active", encoder="table") == 1
    assert _value(installed, "ranker_info", ranker="shipped") == 1
    assert _value(installed, "chunks") == installed.value(
        "select count(*) from codesearch.chunk where level = 0"
    )
    whole = installed.value(
        "select sum(pg_total_relation_size(oid)) from pg_class where relkind = 'r'"
        " and relnamespace = 'codesearch'::regnamespace"
    )
    assert sum(_samples(installed, "index_bytes").values()) == whole
    assert (
        0 <= time.time() - _value(installed, "repository_indexed_timestamp_seconds", repository="demo") < 60
    )
    installed.rows("select codesearch.add_ranker('mine', codesearch.shipped_ranker())")
    installed.rows("select codesearch.activate_ranker('mine')")
    assert _value(installed, "ranker_info", ranker="mine") == 1


def test_the_histogram_is_that_of_the_log(database):
    for milliseconds, count in {0.2: 3, 1: 2, 1.5: 1, 25: 4, 26: 1, 60000: 2}.items():
        _log(database, milliseconds, count)
    _log(database, 0.4, 5, "identifier", cached=True)
    _log(database, 3, 1, "mixed", results=0)
    buckets = {
        float(dict(labels)["le"]): value
        for labels, value in _samples(database, "search_latency_seconds_bucket", cached="false").items()
    }
    logged = [
        row[0] / 1000
        for row in database.rows("select latency_ms from codesearch.query_log where not from_cache")
    ]
    assert buckets == {bound: sum(x <= bound + 1e-9 for x in logged) for bound in buckets}
    assert (buckets[0.001], buckets[0.025], buckets[10], buckets[float("inf")]) == (5, 11, 12, 14)
    assert _value(database, "search_latency_seconds_count", cached="false") == 14
    assert _value(database, "search_latency_seconds_sum", cached="false") == pytest.approx(sum(logged))
    assert _samples(database, "result_cache_requests_total") == {
        (("result", "hit"),): 5,
        (("result", "miss"),): 14,
    }
    assert _value(database, "searches_total", **{"class": "identifier"}, mode="hybrid", cached="true") == 5
    assert _samples(database, "empty_searches_total")[(("class", "mixed"),)] == 1


def _counters(database):
    return {
        (name, json.dumps(labels, sort_keys=True)): value
        for name, labels, value in database.rows(
            "select name, labels, value from codesearch.metric where type in ('counter', 'histogram')"
        )
    }


def test_counters_never_fall_when_the_log_is_pruned(database):
    _log(database, 5, 7, age="200 days")
    _log(database, 50, 3, "identifier", age="20 minutes")
    _log(database, 500, 2)
    before = _counters(database)
    for _ in range(2):
        database.rows("select codesearch.prune_logs()")
        assert _counters(database) == before
    assert database.value("select count(*) from codesearch.query_log") == 5
    # What is younger than ten minutes is still counted from the log.
    assert database.value("select sum(searches) from codesearch.search_count") == 10
    _log(database, 5, 1)
    after = _counters(database)
    assert {
        key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key, 0)
    }.keys() >= {
        ("pgcodesearch_searches_total", '{"cached": "false", "class": "semantic", "mode": "hybrid"}')
    }


def test_labels_that_nobody_foresaw_are_one(database):
    for number in range(30):
        _log(database, 5, 1, f"class {number}", mode=f"mode {number}")
    assert _samples(database, "searches_total") == {
        (("cached", "false"), ("class", "other"), ("mode", "other")): 30
    }


def test_the_queue_is_told_by_stage_and_age(tenants):
    assert _samples(tenants, "queue_depth") == {(("stage", "chunk"),): 2, (("stage", "embed"),): 0}
    tenants.rows(
        "update codesearch.index_job set created_at = now() - interval '1 hour' where repository_id = 1"
    )
    assert _value(tenants, "queue_age_seconds", stage="chunk") == pytest.approx(3600, abs=60)
    assert _value(tenants, "freshness_lag_seconds") == pytest.approx(3600, abs=60)
    lags = _samples(tenants, "repository_freshness_lag_seconds")
    assert lags[(("repository", "open"),)] == pytest.approx(3600, abs=60)
    assert lags[(("repository", f"{SECRET}-vault"),)] < 60
    tenants.rows("update codesearch.index_job set state = 'failed' where repository_id = 1")
    assert _samples(tenants, "failed_jobs") == {(("stage", "chunk"),): 1, (("stage", "embed"),): 0}
    assert _value(tenants, "queue_depth", stage="chunk") == 1
    assert _value(tenants, "freshness_lag_seconds") < 60


def test_vectors_that_are_owed_lower_the_coverage(tenants):
    assert _value(tenants, "vector_coverage", model="tiny") == 1
    tenants.rows(
        "delete from codesearch.embedding_1 where text_hash ="
        " (select min(text_hash::text)::uuid from codesearch.embedding_1)"
    )
    tenants.rows("select codesearch.queue_missing_embeddings(repository_id) from codesearch.repository")
    tenants.rows("vacuum analyze codesearch.embedding_1")
    tenants.rows("vacuum analyze codesearch.stored_text")
    exact = tenants.value(
        "select count(e.text_hash)::float8 / count(*) from codesearch.stored_text left join codesearch.embedding_1 e"
        " using (text_hash)"
    )
    wait_until(lambda: _value(tenants, "vector_coverage", model="tiny") == exact, "the server's counts")
    assert 0 < exact < 1
    # A candidate's backfill is no lag of what answers.
    tenants.rows("select codesearch.add_model('next', 4, 16, '{}')")
    assert _value(tenants, "vector_coverage", model="next") == 0


def test_series_stay_few_and_names_come_through(database):
    odd = 'a "b"\\c\nd {e="f"}'
    database.rows("insert into codesearch.repository (name) values (%s)", (odd,))
    database.rows("insert into codesearch.repository (name) select 'r' || n from generate_series(1, 300) n")
    families = _families(database.value("select codesearch.metrics_text()"))
    lags = families["pgcodesearch_repository_freshness_lag_seconds"].samples
    assert len(lags) == 100
    assert lags[0].labels["repository"] == odd or odd in {sample.labels["repository"] for sample in lags}
    assert families["pgcodesearch_repositories"].samples[0].value == 301
    assert database.value("select count(*) from codesearch.metric") < 500


def test_monitoring_sees_numbers_and_nothing_else(tenants):
    tenants.rows("select codesearch.enable_row_level_security()")
    with temporary_roles(tenants.url, "pg_monitor", "codesearch_reader", "codesearch_admin", "") as roles:
        monitor, reader, admin, stranger = roles
        for role in (monitor, admin):
            with acting_as(tenants, role) as connection:
                connection.execute("set default_transaction_read_only = on")
                text = connection.execute("select codesearch.metrics_text()").fetchone()[0]
                assert _families(text)["pgcodesearch_repositories"].samples[0].value == 2
                assert connection.execute("select count(*) from codesearch.metric").fetchone()[0] > 50
        with acting_as(tenants, monitor) as connection:
            for statement in (
                "select * from codesearch.chunk",
                "select * from codesearch.query_log",
                "select * from codesearch.search_count",
                "select * from codesearch.search_metrics()",
                "select * from codesearch.search('redirects')",
                "select codesearch.count_searches()",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
        for role in (reader, stranger):
            with acting_as(tenants, role) as connection:
                for statement in ("select * from codesearch.metric", "select codesearch.metrics_text()"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(statement)


@pytest.fixture
def server(tenants):
    made = MetricsServer(Metrics(tenants.url), 0)
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made
    made.stop()
    thread.join()


def _get(server, path="/metrics", host=None):
    port = int(server.url.rsplit(":", 1)[1].split("/")[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{port}"})
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode()
    finally:
        connection.close()


def test_it_is_served_to_this_machine(server, tenants):
    status, content_type, text = _get(server)
    assert (status, content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert _families(text).keys() == _families(tenants.value("select codesearch.metrics_text()")).keys()
    assert _get(server, host="localhost:9643")[0] == _get(server, host="[::1]:1")[0] == 200
    assert _get(server, host="evil.example:9643")[0] == _get(server, host="127.0.0.1.evil.example")[0] == 403
    assert _get(server, "/")[0] == 404
    assert server.url.startswith("http://127.0.0.1:")
    port = int(server.url.rsplit(":", 1)[1].split("/")[0])
    refused = call(tenants, "metrics", "--port", str(port))
    assert refused.exit_code == 1
    assert "choose another: --port" in refused.output


def test_a_connection_that_was_lost_is_made_again(server, tenants):
    def sessions():
        return tenants.rows(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )

    assert _get(server)[0] == 200
    assert len(sessions()) == 1
    _get(server)
    assert len(sessions()) == 1
    tenants.rows("select pg_terminate_backend(%s)", sessions()[0])
    assert _get(server)[0] == 200
    # A database without the schema is not up, and says what is wrong.
    tenants.rows("alter schema codesearch rename to elsewhere")
    status, _, told = _get(server)
    assert (status, "hint: create it with: pgcodesearch init" in told) == (503, True)
    tenants.rows("alter schema elsewhere rename to codesearch")
    assert _get(server)[0] == 200


def test_the_command_prints_what_is_served(tenants):
    result = call(tenants, "metrics", "--once")
    assert _families(result.stdout)[_LATENCY].type == "histogram"
    assert result.exit_code == 0


def test_a_scrape_reads_no_large_table(database):
    """100,000 chunks, 20,000 searches since the last maintenance, 20,000 jobs: the log and the queue are read."""
    database.rows("insert into codesearch.repository (name) values ('large')")
    database.rows("insert into codesearch.branch (repository_id, name, is_default) values (1, 'HEAD', true)")
    database.rows(
        "insert into codesearch.source_file (repository_id, branch_id, path, content)"
        " select 1, 1, 'f' || n, 'x' from generate_series(1, 20000) n"
    )
    database.rows(
        "insert into codesearch.file_version (repository_id, path, content_hash, chunker)"
        " select 1, 'f' || n, '', '1' from generate_series(1, 20000) n"
    )
    database.rows(
        "insert into codesearch.chunk (repository_id, version_id, level, kind, name, symbol, scope, signature, doc,"
        " start_line, end_line, content, content_hash, slot, lexemes, lexical_length)"
        " select 1, 1 + mod(n, 20000), 0, 'block', '', '', '', '', '', 1, 1, 'x', md5(n::text)::uuid, n, '',"
        " 1 from generate_series(1, 100000) n"
    )
    _log(database, 12, 20000)
    assert _value(database, "queue_depth", stage="chunk") == 20000
    before = _reads(database)
    with database.connect() as connection:
        connection.execute("select codesearch.metrics_text()")
        times = []
        for _ in range(9):
            began = time.perf_counter()
            connection.execute("select codesearch.metrics_text()")
            times.append(time.perf_counter() - began)
    print(f"a scrape: median {sorted(times)[4] * 1000:.1f} ms, slowest {max(times) * 1000:.1f} ms")
    # 50 ms where the machine does nothing else.
    assert min(times) < 0.25
    wait_until(lambda: _reads(database)["query_log"] > before["query_log"], "the server's counts")
    after = _reads(database)
    for table in ("chunk", "source_file", "file_version", "chunk_text", "stored_text", "posting"):
        assert after[table] == before[table], table


def _reads(database):
    """Rows that were read of each table."""
    return dict(
        database.rows(
            "select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables"
            " where schemaname = 'codesearch'"
        )
    )
