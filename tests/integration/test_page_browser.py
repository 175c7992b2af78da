"""The page in a real browser: what people do with it, by pointer and by key, with and without scripts."""

import os
import re
from pathlib import Path

import pytest

from support.agents import FILES
from support.commands import installed_database
from support.page import HOSTILE, HOSTILE_FILES, SHOP, Visitor, chromium, fill, page_server
from support.workers import wait_until

pytestmark = pytest.mark.slow
FILES_SESSION = FILES["src/session.py"]
QUERY = "follow each redirect until a response has none"
PAGES = [
    "/", f"/?q={QUERY}", "/?q=zzzyyyxxx", "/?q=hostile", "/?q=x&kind=nonsense", f"/explain?q={QUERY}&k=3",
    f"/file?repository={SHOP}&path=src/session.py&line=12", f"/symbol?name=send&repository={SHOP}", "/status",
    "/reports", "/reports/worker_status", "/reports/weekly_report", "/reports/blind_spots",
    "/judging", "/judging?set=mine&q=x", "/judging/query?set=mine&key=q1",
    "/evaluation", "/evaluation/1?beside=2", "/training", "/training/1", "/api", "/nowhere",
]  # fmt: skip


@pytest.fixture(scope="module")
def database(server_url):
    with installed_database(server_url) as made:
        fill(made)
        _measure(made)
        yield made


@pytest.fixture(scope="module")
def address(database):
    with page_server(database.url) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Where pictures are kept: PGCODESEARCH_SCREENSHOTS, or a folder of pytest's."""
    named = os.environ.get("PGCODESEARCH_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visit(browser, address, pictures):
    """Opens windows; none of their pages may complain."""
    opened = []

    def one(**options):
        opened.append(Visitor(browser, address, pictures, **options))
        return opened[-1]

    yield one
    for visitor in opened:
        complaints = visitor.complaints
        visitor.close()
        # Answers that say what was wrong are errors to the console, too.
        assert [text for text in complaints if "the server responded with a status of 4" not in text] == []


def _measure(database):
    """Judged queries, two runs and a training run."""
    database.rows(
        "insert into codesearch.judged_query (query_set, query_key, repository, query) values"
        " ('mine', 'q1', %s, %s), ('mine', 'q2', %s, 'call again after failure')",
        (SHOP, QUERY, SHOP),
    )
    database.rows(
        "insert into codesearch.judgment (query_set, query_key, path, start_line, end_line, grade)"
        " values ('mine', 'q1', 'src/session.py', 11, 15, 3)"
    )
    with database.connect() as connection:
        from pgcodesearch.evaluating import EvaluationOptions, evaluate

        for note in ("first", "second"):
            evaluate(connection, "mine", None, EvaluationOptions(note=note))
    database.rows(
        "insert into codesearch.training_run (base_model, candidate, status, finished_at, dataset, reason)"
        " values ('minilm', 'mine-v1', 'refused', now(), '{\"pairs\": 40}', 'no better')"
    )
    database.rows(
        "insert into codesearch.training_metric (run_id, step, loss, validation_mrr)"
        " select 1, n, 1.0 / n, n / 20.0 from generate_series(1, 10) n"
    )


def _signals(database, chunk=None):
    return {
        signal
        for (signal,) in database.rows(
            "select distinct signal from codesearch.query_feedback f join codesearch.query_log q using (query_id)"
            " where q.query = %s",
            (chunk or QUERY,),
        )
    }


def test_it_searches_while_somebody_types(visit, database):
    visitor = visit()
    page = visitor.page
    page.goto("/")
    page.keyboard.type("send a request", delay=30)
    page.wait_for_selector(".hit[data-query]")
    assert "Session.send" in page.locator("h3").all_text_contents()
    assert re.fullmatch(r"\d+ results in \d+ files, \d+ ms", page.locator("#said").text_content())
    assert page.url.endswith("/?q=send+a+request")
    assert page.title() == "send a request · pgcodesearch"
    # Nothing of what was typed on the way is in the log.
    logged = database.rows("select query from codesearch.query_log where query like 'send%%'")
    assert logged == [("send a request",)]
    # A search that is refused leaves what was asked in the form.
    page.goto("/?q=send a request&kind=nonsense")
    assert "kind 'nonsense' is not known" in page.locator("[role=alert]").text_content()
    assert page.input_value("[name=q]") == "send a request"
    page.select_option("[name=kind]", "method")
    page.wait_for_selector(".hit[data-query]")
    page.select_option("[name=kind]", "")
    visitor.picture("search")
    page.select_option("[name=repository]", "many")
    page.locator("article h2", has_text="session.py").first.wait_for(state="detached")
    assert "repository=many" in page.url
    page.select_option("[name=repository]", "")
    page.locator("article h2", has_text="session.py").first.wait_for()
    page.fill("[name=q]", "")
    page.locator(".begin").wait_for()
    page.fill("[name=q]", "send a request")
    page.wait_for_selector(".hit[data-query]")
    page.fill("[name=q]", "zzzyyyxxx")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=zzzyyyxxx")
    page.go_back()
    page.locator("[name=q][value='send a request']").wait_for()
    page.locator("h3", has_text="Session.send").first.wait_for()


def test_it_says_why(visit):
    visitor = visit()
    page = visitor.page
    page.goto(f"/?q={QUERY}")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_selector(".hit .features")
    rows = page.locator(".features tbody tr").all()
    shares = [float(row.locator("td").nth(2).text_content()) for row in rows]
    score = float(page.locator(".features tfoot td").nth(2).text_content())
    assert sum(shares) == pytest.approx(score, abs=0.05)
    for row in rows:
        value, weight, share = (row.locator("td").nth(n).text_content() for n in range(3))
        if value != "–":
            assert float(value) * float(weight) == pytest.approx(float(share), abs=0.02)
    assert re.search(r"\d+% likely to be right", page.locator(".explained").text_content())
    visitor.picture("why")
    page.keyboard.press("e")
    page.wait_for_selector(".hit .features", state="detached")


def test_what_is_done_with_a_result_is_recorded(visit, database):
    visitor = visit()
    page = visitor.page
    page.goto(f"/?q={QUERY}")
    hit = page.locator(".hit").first
    hit.locator(".copy").click()
    page.wait_for_selector(".copy.done")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "\n".join(FILES_SESSION.split("\n")[10:15])
    hit.locator(".accept").click()
    page.locator(".hit").nth(1).locator(".reject").click()
    wait_until(lambda: _signals(database) == {"copy", "accept", "reject"}, "feedback")
    hit.locator("a.open").click()
    page.wait_for_selector(".line.current")
    page.wait_for_timeout(1200)
    page.go_back()
    wait_until(lambda: _signals(database) == {"copy", "accept", "reject", "click", "dwell"}, "dwell")
    (seconds,) = database.rows(
        "select value from codesearch.query_feedback f join codesearch.query_log q using (query_id)"
        " where signal = 'dwell' and q.query = %s",
        (QUERY,),
    )[0]
    assert 1 <= seconds < 60


def test_a_name_leads_to_its_definition_and_usages(visit):
    visitor = visit()
    page = visitor.page
    page.goto(f"/?q={QUERY}")
    page.locator(".code .name", has_text="resolve_redirects").first.click()
    page.wait_for_selector("dialog[open] .uses")
    said = page.locator("dialog").text_content()
    assert "Session.resolve_redirects" in said
    assert "return self.resolve_redirects(request)" in said
    assert visitor.violations() == []
    visitor.picture("usages")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    page.locator(".code .name", has_text="resolve_redirects").first.click()
    page.locator("dialog .uses a").first.click()
    page.wait_for_selector(".line.current")
    assert "def resolve_redirects" in page.locator(".line.current").text_content()
    visitor.picture("file")


def test_keys_reach_everything(visit):
    visitor = visit()
    page = visitor.page
    page.goto(f"/?q={QUERY}")
    focused = "document.activeElement.closest('.hit')?.dataset.chunk"
    chunks = page.locator(".hit").evaluate_all("hits => hits.map(hit => hit.dataset.chunk)")
    for key, place in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        assert page.evaluate(focused) == chunks[place]
    page.keyboard.press("d")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("j")
    assert page.input_value("[name=q]") == "j"
    page.goto(f"/?q={QUERY}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".line.current")


def test_more_of_a_result_is_shown_where_it_stands(visit):
    page = visit().page
    page.goto("/?q=Session&kind=module")
    hit = page.locator(".hit").first
    assert hit.locator(".line").count() == 12
    hit.locator("a.more").click()
    hit.locator("a.more").wait_for(state="detached")
    numbers = hit.locator(".line").evaluate_all("lines => lines.map(line => Number(line.dataset.n))")
    lines = FILES_SESSION.split("\n")
    assert [text.rstrip("\n") for text in hit.locator(".line").all_text_contents()] == [
        lines[n - 1] for n in numbers
    ]


def test_a_person_judges(visit, database):
    visitor = visit()
    page = visitor.page
    page.goto("/judging")
    page.fill("[name=q]", "call an action again")
    page.fill("[name=repository]", SHOP)
    page.fill("[name=set]", "people")
    _follow(page, "button.main")
    page.wait_for_selector("html.scripted fieldset.grade")
    page.keyboard.press("j")
    page.keyboard.press("3")
    page.keyboard.press("0")
    visitor.picture("judging")
    page.click("button.main")
    page.wait_for_url("**saved=1")
    grades = database.rows(
        "select path, grade from codesearch.judgment where query_set = 'people' order by grade desc"
    )
    assert [grade for _, grade in grades] == [3, 0]
    assert grades[0][0] == "src/retry.py"
    # One is taken back, the other kept.
    assert page.locator("fieldset input[value='3']").first.is_checked()
    page.locator("fieldset").nth(1).locator("input[value='']").check()
    _follow(page, "button.main")
    wait_until(
        lambda: database.rows("select grade from codesearch.judgment where query_set = 'people'") == [(3,)],
        "the grade",
    )


def _follow(page, selector):
    """Click on what leads to another page, and wait until that is there."""
    with page.expect_navigation():
        page.locator(selector).first.click()


def test_without_scripts(visit, database):
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    page.goto("/")
    page.fill("[name=q]", "retry after failure")
    _follow(page, "button.main")
    assert page.locator(".hit").count() > 0
    assert not page.locator(".copy").first.is_visible()
    visitor.picture("without-scripts")
    _follow(page, "a.why")
    assert page.locator(".features tbody tr").count() > 3
    page.go_back()
    _follow(page, "a.symbol")
    assert "retry_after_failure" in page.locator("main").text_content()
    page.go_back()
    _follow(page, "a.open")
    assert "def retry_after_failure" in page.locator(".line.current").text_content()
    assert _signals(database, "retry after failure") == {"click"}
    page.goto("/judging/query?set=mine&key=q2")
    page.locator("fieldset").first.locator("input[value='2']").check()
    _follow(page, "button.main")
    assert database.rows("select grade from codesearch.judgment where query_key = 'q2'") == [(2,)]


def test_names_and_contents_of_others_stay_text(visit):
    visitor = visit()
    page = visitor.page
    for address in ("/?q=hostile", f"/?q=hostile&repository={HOSTILE}", "/?q=<script>pwned=1</script>",
                    "/?q=hostile&path=<script>pwned=1</script>", "/symbol?name=<script>pwned=1</script>",
                    "/judging?q=\"><script>pwned=1</script>", "/status"):  # fmt: skip
        page.goto(address)
        assert page.evaluate("typeof pwned") == "undefined", address
        assert page.locator("main script, main img").count() == 0, address
        assert not visitor.is_too_wide(), address
    page.goto("/?q=hostile")
    visitor.picture("hostile")
    shown = page.locator("#results").inner_text()
    assert "\u202e" not in shown
    assert "photo\\u202egnp.py" in shown
    assert "\x1b" not in shown
    assert "\\x1b[31m" in shown
    assert "<script>pwned=1</script>" in shown
    assert "<img src=x onerror=pwned=1>.py" in shown
    for path in HOSTILE_FILES:
        page.goto("/?q=hostile")
        link = page.locator("article h2 a").evaluate_all(
            "(links, path) => links.map(a => a.getAttribute('href')).find(href =>"
            " new URL(href, location).searchParams.get('path') === path)",
            path,
        )
        page.goto(link)
        assert page.locator(".line").count() == 3, path
        assert page.evaluate("typeof pwned") == "undefined"
        assert not visitor.is_too_wide(), path
    # A name that would be elsewhere in a link is one in ours.
    page.goto("/?q=hostile_name")
    page.locator("a.open").first.click()
    page.wait_for_selector(".line.current")


def test_a_thousand_results(visit):
    visitor = visit()
    page = visitor.page
    page.goto("/?q=thousandth event kind&k=1000")
    assert page.locator(".hit").count() == 1000
    assert page.locator(".hit .code").count() == 100
    assert page.locator("a.further").count() == 0
    last = page.locator(".hit:not(:has(.code))").last
    last.locator("a.more").click()
    page.locator(".hit .code").nth(100).wait_for()
    page.goto("/?q=thousandth event kind")
    page.locator("a.further").last.click()
    page.locator(".hit").nth(999).wait_for(state="attached")


def test_an_editor_opens_a_line(visit, database):
    database.rows(
        "select codesearch.change_setting('page.editor_url', '\"https://code.example/{repository}/{path}#L{line}\"')"
    )
    try:
        page = visit().page
        page.goto("/?q=retry_after_failure")
        assert (
            page.locator("a.editor").first.get_attribute("href")
            == "https://code.example/shop/src/retry.py#L1"
        )
    finally:
        database.rows("select codesearch.change_setting('page.editor_url', null)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_anybody(visit, scheme):
    """By axe-core's rules, colours of both schemes among them."""
    visitor = visit(color_scheme=scheme)
    wrong = []
    for number, address in enumerate(PAGES):
        visitor.page.goto(address)
        wrong += visitor.violations()
        visitor.picture(f"{scheme}-{number:02}")
    assert wrong == []
    background = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", background))) < 60) == (scheme == "dark")


def test_a_telephone_shows_it_whole(visit):
    visitor = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    for number, address in enumerate(PAGES):
        visitor.page.goto(address)
        visitor.picture(f"phone-{number:02}")
        assert not visitor.is_too_wide(), address
    visitor.page.goto(f"/?q={QUERY}")
    visitor.page.tap(".code .name.nf")
    visitor.page.wait_for_selector("dialog[open] .uses")
    visitor.picture("phone-usages")


def test_people_sign_in_with_the_token(database, browser, pictures):
    token = "0123456789abcdef"
    with page_server(database.url, PGCODESEARCH_PAGE_TOKEN=token) as url:
        visitor = Visitor(browser, url, pictures)
        page = visitor.page
        page.goto("/?q=send")
        page.fill("[name=token]", "wrong")
        page.click("button")
        assert "not the token" in page.locator("main").text_content()
        visitor.picture("sign-in")
        assert visitor.violations() == []
        page.fill("[name=token]", token)
        page.click("button")
        page.wait_for_selector(".hit")
        assert page.url == f"{url}/?q=send"
        assert token not in str(visitor.context.cookies())
        visitor.close()
