"""The page without a browser: who is answered, the JSON API as its document says, roles, and bad requests."""

import json
import re
from pathlib import Path
from urllib.parse import quote, urlencode

import jsonschema
import psycopg
import pytest
import urllib3
from psycopg.conninfo import make_conninfo

from pgcodesearch.serving import openapi
from pgcodesearch.serving.pages.state import REPORTS
from pgcodesearch.serving.verbs import VERBS
from support.agents import FILES
from support.commands import call
from support.indexing import chunk_all, upsert
from support.page import page_server
from support.tenants import SECRET, fill_tenants, temporary_roles

SHOP = "shop"


class Asker:
    """Requests to a page."""

    def __init__(self, address):
        self.address = address
        self._pool = urllib3.PoolManager()

    def get(self, path, method="GET", body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._pool.request(
            method, self.address + path, body=body, headers=named, redirect=False, retries=False, timeout=60
        )

    def status(self, path, **options):
        return self.get(path, **options).status

    def text(self, path, **options):
        return self.get(path, **options).data.decode()

    def json(self, verb, **arguments):
        """The status and the answer of a verb of the API."""
        if any(one.writes and one.name == verb for one in VERBS):
            answer = self.get(f"/api/{verb}", "POST", json.dumps(arguments))
        else:
            answer = self.get(f"/api/{verb}?{urlencode(arguments, doseq=True)}")
        return answer.status, json.loads(answer.data)


@pytest.fixture
def shop(database):
    """A database without a model, with a repository of two files and one judged query."""
    with database.connect() as connection:
        for path in ("src/session.py", "src/retry.py"):
            upsert(connection, path, FILES[path], SHOP)
    chunk_all(database)
    database.rows(
        "insert into codesearch.judged_query (query_set, query_key, repository, query)"
        " values ('mine', 'q1', %s, 'retry')",
        (SHOP,),
    )
    return database


@pytest.fixture
def asker(shop):
    with page_server(shop.url) as address:
        yield Asker(address)


def test_others_are_not_answered(asker):
    assert asker.status("/") == 200
    port = asker.address.rpartition(":")[2]
    assert asker.status("/", host=f"localhost:{port}") == 200
    # Another's name that was made to lead to this machine.
    assert asker.status("/", host="evil.example") == 421
    assert asker.status("/", host=f"evil.example:{port}") == 421
    # Another's page that makes a browser ask; a link that somebody follows is welcome.
    assert asker.status("/", origin="https://evil.example") == 403
    assert asker.status("/", origin="null") == 403
    assert asker.status("/", sec_fetch_site="cross-site", sec_fetch_mode="no-cors") == 403
    assert asker.status("/", sec_fetch_site="cross-site", sec_fetch_mode="navigate") == 200
    posted = {"method": "POST", "body": "q=x&set=evil"}
    assert asker.status("/judging", sec_fetch_site="cross-site", sec_fetch_mode="navigate", **posted) == 403
    assert asker.status("/judging", origin="https://evil.example", **posted) == 403
    assert asker.status("/judging", origin=asker.address, sec_fetch_site="same-origin", **posted) == 303


def test_no_page_may_do_more_than_it_needs(asker):
    for path in ("/", "/static/main.js", "/api/openapi.json", "/nowhere", "/api/nothing"):
        headers = asker.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    for path in ("/", "/?q=retry", "/status", "/judging", "/api", f"/symbol?name=send&repository={SHOP}"):
        page = asker.text(path)
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "https://" not in page
        assert " style=" not in page
        assert " on" not in {piece[:3] for piece in page.split("<")}


def test_a_token_is_asked_for(shop):
    token = "0123456789abcdef"
    with page_server(shop.url, PGCODESEARCH_PAGE_TOKEN=token) as address:
        asker = Asker(address)
        assert asker.status("/api/search?query=x") == 401
        assert asker.status("/api/search?query=x", authorization=f"Bearer {token}x") == 401
        assert asker.status("/api/search?query=x", authorization=f"Bearer {token}") == 200
        assert asker.status("/", cookie="pgcodesearch=1") == 401
        asked = asker.get("/?q=a%26b", accept="text/html")
        assert (asked.status, asked.headers["location"]) == (303, f"/sign-in?next={quote('/?q=a%26b')}")
        for wanted, target in (
            ("/?q=a", "/?q=a"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://e", "/"),
        ):
            signed = asker.get(
                f"/sign-in?next={quote(wanted)}",
                "POST",
                f"token={token}",
                content_type="application/x-www-form-urlencoded",
            )
            assert (signed.status, signed.headers["location"]) == (303, target)
        cookie = signed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert token not in cookie
        assert asker.status("/", cookie=cookie.split(";")[0]) == 200
        assert asker.get("/sign-in", "POST", "token=wrong").status == 401


def test_the_command_refuses_an_address_of_others_without_a_token(shop):
    done = call(shop, "serve", "--host", "0.0.0.0")
    assert done.exit_code == 1
    assert "PGCODESEARCH_PAGE_TOKEN" in done.output


def test_the_api_answers_as_its_document_says(asker, shop):
    document = json.loads(asker.text("/api/openapi.json"))
    assert document == json.loads(json.dumps(openapi.document()))
    chunk = shop.value("select chunk_id from codesearch.chunk where symbol = 'Session.send'")
    _, found = asker.json("search", query="retry after failure")
    query_id, shown = (found["results"][0][name] for name in ("query_id", "chunk_id"))
    arguments = {
        "search": {"query": "send a request", "k": 3, "recent_files": ["src/retry.py", "src/session.py"], "task": "x",
                   "session": "one"},
        "explain": {"query": "send a request", "per_file": 1},
        "find_definition": {"symbol": "send"}, "find_usages": {"symbol": "send"},
        "find_implementations": {"symbol": "Session"}, "callers": {"chunk_id": chunk}, "callees": {"chunk_id": chunk},
        "impact": {"symbol": "Session.send"}, "ask": {"query": "who calls Session.send"},
        "search_hops": {"query": "send a request", "hops": 1},
        "read_chunk": {"chunk_id": chunk, "before": 2}, "read_file": {"path": "src/retry.py", "repository": SHOP},
        "grep": {"pattern": "re\\w+", "k": 2, "ignore_case": "true"}, "pack": {"query": "redirects", "tokens": 100},
        "outline": {"repository": SHOP}, "search_changes": {"query": "x", "since": "2020-01-01"},
        "changed_together": {"path": "src/retry.py"}, "index_freshness": {},
        "record_feedback": {"query_id": query_id, "chunk_id": shown, "signal": "dwell", "value": 3.5},
        "judge": {"query_set": "mine", "query_key": "q1", "path": "src/retry.py", "start_line": 1, "end_line": 6,
                  "grade": 3},
    }  # fmt: skip
    # Without a model nothing is near.
    arguments["find_similar"] = {"chunk_id": chunk}
    assert {f"/api/{name}" for name in arguments} == set(document["paths"])
    for name, given in arguments.items():
        (operation,) = document["paths"][f"/api/{name}"].values()
        status, answer = asker.json(name, **given)
        wanted = operation["responses"]["200" if status == 200 else "default"]["content"]["application/json"][
            "schema"
        ]
        jsonschema.Draft202012Validator({**wanted, "components": document["components"]}).validate(answer)
        assert status == 200 or name == "find_similar", (name, answer)
    assert shop.rows("select signal, value from codesearch.query_feedback") == [("dwell", 3.5)]
    assert shop.rows("select path, grade from codesearch.judgment") == [("src/retry.py", 3)]
    # A page of grep goes on where the one before ended.
    _, first = asker.json("grep", pattern="re", literal="true", k=3)
    _, second = asker.json("grep", pattern="re", literal="true", k=3, after=json.dumps(first["next_page"]))
    assert first["occurrences"] != second["occurrences"]


@pytest.mark.parametrize(
    ("verb", "arguments", "status", "sql"),
    [
        ("search", {"query": "x", "repository": "nothing"}, 404, "search('x', repository => 'nothing')"),
        ("search", {"query": "x" * 20_000}, 400, "search(repeat('x', 20000))"),
        ("search", {"query": "x", "kind": "nonsense"}, 400, "search('x', kind => 'nonsense')"),
        ("read_chunk", {"chunk_id": 10**12}, 404, "read_chunk(1000000000000)"),
        ("grep", {"pattern": "("}, 400, "grep('(')"),
        (
            "record_feedback",
            {"query_id": 1, "chunk_id": 1, "signal": "click"},
            404,
            "record_feedback(1, 1, 'click')",
        ),
    ],
)
def test_errors_are_those_of_the_database(asker, shop, verb, arguments, status, sql):
    with pytest.raises(psycopg.Error) as raised:
        shop.rows(f"select * from codesearch.{sql}")
    diagnostic = raised.value.diag
    answered, answer = asker.json(verb, **arguments)
    assert answered == status
    said = answer["error"]
    assert (said["sqlstate"], said["message"]) == (diagnostic.sqlstate, diagnostic.message_primary)
    if diagnostic.message_hint:
        assert said["hint"] == diagnostic.message_hint


def test_the_error_in_the_documentation_is_one(asker):
    text = (Path(__file__).parents[2] / "docs/page.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    status, answer = asker.json("search", query="q", repository="x")
    assert (status, answer) == (404, json.loads(shown))


def test_bad_requests_are_said(asker):
    for verb, arguments, message in (
        ("search", {}, "query is missing"),
        ("search", {"query": "x", "k": "many"}, "k is 'many'"),
        ("search", {"query": "x", "k": 0}, "k is 0"),
        ("search", {"query": "x", "colour": "red"}, "no argument colour"),
        ("search", {"query": "a\0b"}, "NUL"),
        ("search_changes", {"query": "x", "since": "yesterday"}, "since"),
        ("grep", {"pattern": "x", "after": "{"}, "after is not JSON"),
        ("judge", {"query_set": "mine", "query_key": "q1", "path": "a", "start_line": 3, "end_line": 1}, "a:3"),
        ("judge", {"query_set": "mine", "query_key": "no", "path": "a", "start_line": 1, "end_line": 1}, "no query"),
    ):  # fmt: skip
        status, answer = asker.json(verb, **arguments)
        assert status in (400, 404), answer
        assert message in answer["error"]["message"]
    assert asker.status("/api/record_feedback", method="POST", body="[1]") == 400
    assert asker.status("/api/record_feedback", method="POST", body="x" * 2_000_000) == 413
    assert asker.status("/api/record_feedback") == 405
    assert asker.status("/api/nothing") == 404
    for path in ("/?q=x&k=many", "/?q=a%00b", "/?q=x&repository=nothing", "/file", "/file?path=nothing", "/symbol",
                 "/chunk/99999", "/explain?q=x&chunk_id=7", "/judging/query?set=mine&key=no", "/judging?set=no",
                 "/evaluation/7", "/training/7", "/training/7.svg", "/reports/pg_authid", "/static/../app.py",
                 "/static/%2e%2e/app.py", "/judging/query"):  # fmt: skip
        answer = asker.get(path)
        assert 400 <= answer.status < 500, path
        assert b"Traceback" not in answer.data


def test_opening_a_result_is_one_click(asker, shop):
    _, found = asker.json("search", query="retry after failure")
    hit = found["results"][0]
    about = urlencode(
        {"repository": SHOP, "path": hit["path"], **{k: hit[k] for k in ("query_id", "chunk_id")}}
    )
    for _ in range(2):
        assert asker.status(f"/file?{about}") == 200
    assert asker.status(f"/chunk/{hit['chunk_id']}?query_id={hit['query_id']}") == 200
    assert shop.rows("select signal from codesearch.query_feedback") == [("click",)]
    # That it can't be recorded keeps nobody from reading.
    assert asker.status(f"/file?repository={SHOP}&path={hit['path']}&query_id=99&chunk_id=1") == 200


def test_it_asks_as_the_role_that_it_was_given(database):
    with database.connect() as connection:
        fill_tenants(connection)
    database.rows("select codesearch.enable_row_level_security()")
    with temporary_roles(database.url, "codesearch_reader") as (reader,):
        database.rows("select codesearch.grant_repository('open', %s)", (reader,))
        with page_server(make_conninfo(database.url, user=reader)) as address:
            asker = Asker(address)
            pages = [
                "/", "/?q=redirects", "/explain?q=redirects&mode=lexical", "/symbol?name=follow_redirects", "/status",
                "/reports", *(f"/reports/{report.view}" for report in REPORTS), "/judging", "/evaluation", "/training",
                "/api/search?query=redirects&mode=lexical", "/api/index_freshness", "/api/grep?pattern=redirects",
            ]  # fmt: skip
            for path in pages:
                page = asker.text(path)
                assert SECRET not in page, path
                assert "Traceback" not in page
            assert "src/redirect.py" in asker.text("/?q=redirects&mode=lexical")
            for path in (
                f"/file?repository={SECRET}-vault&path=src/redirect.py",
                f"/?q=x&mode=lexical&repository={SECRET}-vault",
            ):
                assert asker.status(path) == 404
            # What the role may not read is said, with what to do; the rest of the page is there.
            assert asker.status("/judging") == 403
            assert "42501" in asker.text("/judging")
            status, answer = asker.json(
                "judge", query_set="a", query_key="b", path="c", start_line=1, end_line=1
            )
            assert (status, answer["error"]["sqlstate"]) == (403, "42501")
            said = asker.text("/status")
            assert "permission denied" in said
            assert "open" in said
        database.rows("delete from codesearch.repository_access")


def test_a_database_that_is_away_is_said_and_comes_back(shop):
    with page_server(shop.url) as address:
        asker = Asker(address)
        assert asker.status("/?q=retry") == 200
        shop.rows(
            # Waits until they are gone: what is not noticed before it is asked can't be asked again.
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        assert asker.status("/?q=retry") == 200
    with page_server("host=/nowhere dbname=x") as address:
        status, answer = Asker(address).json("search", query="x")
        assert status == 503
        assert "PGCODESEARCH_DATABASE_URL" in answer["error"]["hint"]
        assert Asker(address).status("/") == 503
