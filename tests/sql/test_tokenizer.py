"""The SQL tokenizer: never fails, and spellings of one name meet."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.databases import fresh_database

ANY_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=400)
CODE_TEXT = st.text(
    st.sampled_from("abzAZ09_ .,()[]{}<>#\"'\\/*+-=:;\n\t\r$@!éßİı中🙂\u200b\u00a0"), max_size=200
)
WORDS = st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=1, max_size=5)

patient = settings(deadline=None, max_examples=200)


@pytest.fixture(scope="module")
def query(server_url):
    with fresh_database(server_url) as database, database.connect() as connection:
        yield lambda sql, *arguments: connection.execute(sql, arguments).fetchone()[0]


def _tokens(query, text: str) -> list[str]:
    return query("select codesearch.tokenize(%s)", text)


@patient
@given(text=st.one_of(ANY_TEXT, CODE_TEXT))
def test_never_fails_on_any_text(query, text):
    words = query("select codesearch.split_identifiers(%s)", text)
    assert words == words.lower() or not words.isascii()
    tokens = _tokens(query, text)
    assert all(tokens)
    # 64 characters of a word, before stemming.
    assert all(len(token) <= 64 for token in tokens)
    query("select codesearch.chunk_lexemes(%s, %s, %s, %s, %s)", text, text, text, text, text)
    query("select codesearch.query_terms(%s)", text)


@patient
@given(words=WORDS)
def test_spellings_of_a_name_meet(query, words):
    camel = words[0] + "".join(word.title() for word in words[1:])
    spellings = {
        "snake": "_".join(words),
        "camel": camel,
        "pascal": "".join(word.title() for word in words),
        "constant": "_".join(words).upper(),
        "private": "__" + "_".join(words),
    }
    tokens = {style: set(_tokens(query, name)) for style, name in spellings.items()}
    assert len({frozenset(found) for found in tokens.values()}) == 1, tokens
    assert set(_tokens(query, " ".join(words))) <= tokens["camel"]


@patient
@given(words=WORDS)
def test_a_whole_identifier_is_a_token_that_finds_itself(query, words):
    joined = "".join(words)
    (whole,) = _tokens(query, joined)
    assert whole in _tokens(query, "_".join(words))
    assert whole in _tokens(query, words[0] + "".join(word.title() for word in words[1:]))


@patient
@given(text=CODE_TEXT, other=CODE_TEXT)
def test_parts_are_tokens_of_the_whole(query, text, other):
    together = set(_tokens(query, f"{text} \n {other}"))
    assert set(_tokens(query, text)) | set(_tokens(query, other)) == together


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("getUserById", {"get", "user", "by", "id", "getuserbyid"}),
        ("HTTPServer", {"http", "server", "httpserver"}),
        ("sha256sum", {"sha", "256sum", "sha256sum"}),
        ("parsing parsed parser", {"pars", "parser"}),
        ("not all before off", {"not", "all", "befor", "off"}),
        ("a.b->c::d", {"a", "b", "c", "d"}),
        ("()[]{};,", set()),
        ("   \n\t", set()),
        ("größe 日本語", {"größe", "日本", "本語", "日", "本", "語"}),
        ("get库存Count", {"get", "count", "库存", "库", "存"}),
        ("ＨＴＴＰ ﾊﾟｽ，「名」。", {"http", "パス", "パ", "ス", "名"}),
        ("gro\u0308ße “quoted”", {"größe", "quot"}),
    ],
)
def test_examples(query, text, tokens):
    assert set(_tokens(query, text)) == tokens


UNSPACED = st.text(st.sampled_from("库存验证码パスワードを在庫数비밀번호ลบบัญชี㐀𠀀々"), min_size=1, max_size=8)


@patient
@given(
    before=UNSPACED,
    word=UNSPACED,
    after=UNSPACED,
    around=st.sampled_from(["", " ", "_", "x", "1", "、", "("]),
)
def test_a_word_is_found_inside_a_run_without_spaces(query, before, word, after, around):
    asked = query("select codesearch.query_terms(%s)", word)
    assert asked
    assert set(asked) <= set(_tokens(query, f"a {before}{word}{around}{after} b"))
    if len(word) > 1:
        assert all(len(term) == 2 for term in asked)


@patient
@given(text=st.text(st.sampled_from("éüñçåがパ각"), min_size=1, max_size=8))
def test_letters_and_their_accents_typed_apart_or_in_one_are_the_same(query, text):
    assert _tokens(query, unicodedata.normalize("NFD", text)) == _tokens(query, text)


@pytest.mark.parametrize("collation", ["C", "POSIX", "ucs_basic"])
def test_runs_are_known_under_any_collation(query, collation):
    text = "パスワードを再設定 库存 비밀번호"
    split = f'select codesearch.split_identifiers(%s collate "{collation}")'
    assert query(split, text) == query("select codesearch.split_identifiers(%s)", text)


def test_a_long_text_of_any_letters_fits_a_tsvector(query):
    letters = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(200_000))
    assert query("select length(codesearch.chunk_lexemes('s', 'p', '', '', %s)) > 0", letters)


def test_huge_words_and_texts(query):
    assert _tokens(query, "x" * 1_000_000)
    assert query("select length(codesearch.chunk_lexemes('s', 'p', '', '', %s)) > 0", "aB1 " * 500_000)
    distinct = " ".join(f"n{i:x}Q{i * 7919:x}" for i in range(20_000))
    assert query("select length(codesearch.chunk_lexemes('s', 'p', '', '', %s)) > 0", distinct)
