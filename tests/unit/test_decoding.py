"""Which bytes are text, and in which encoding."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcodesearch.indexing.decoding import decode

SOURCE = "#include <stdio.h>\n/* {} */\nint order_total(const char *p) {{ return p[0]; }}\n"
COMMENTS = [
    ("gbk", "校验和计算"),
    ("gbk", "检查用户的密码是否正确，返回订单的总金额"),
    ("big5", "檢查使用者的密碼是否正確，傳回訂單總額"),
    ("shift_jis", "注文の合計を計算する"),
    ("euc_jp", "ユーザーのパスワードを確認する"),
    ("euc_kr", "사용자의 비밀번호를 확인한다"),
    ("cp1251", "Проверяет пароль пользователя"),
    ("koi8_r", "Читает настройки из файла"),
    ("cp1252", "© 2020"),
    ("cp1252", "Größe"),
    ("cp1252", "señor García"),
    ("latin-1", "café"),
    ("cp1253", "Ελέγχει τον κωδικό του χρήστη"),
    ("cp1255", "בודק את הסיסמה של המשתמש"),
]
CODECS = ["utf-16", "unicode_escape", "punycode", "idna", "rot13", "zip", "nonsense", "../../x", "undefined"]
WIDE = ["class Ledger {\n  int Total() { return 1; }\n}\n", "// Größe 注文の合計 (sum)\nint f(int a);\n"]
BINARIES = [
    bytes(range(256)) * 40, bytes(range(1, 32)) * 20, b"x = '\0'\n", b"SQLite format 3\0" + b"a" * 50, b"\x89PNG\r\n",
    b"%PDF-1.4\n1 0 obj\n", b"\x1f\x8b\x08abc", b"GIF89a;", b"\x7fELF\x01", b"\x80\x04\x95abc.", b"PK\x03\x04abc",
    b"\xff\xd8\xff\xe0abc",
]  # fmt: skip
# What a person reads, of any script.
LETTERS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=50)


@pytest.mark.parametrize(("encoding", "comment"), COMMENTS)
def test_what_is_not_utf8_is_read_in_the_encoding_that_fits(encoding, comment):
    data = SOURCE.format(comment).encode(encoding)
    found = decode(data)
    assert found.text == data.decode(encoding)
    assert found.encoding


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("latin-1", "# -*- coding: latin-1 -*-\nNAME = 'caf\xe9'\n"),
        ("cp1252", "#!/usr/bin/python\n# vim: set fileencoding=iso-8859-1 :\nNAME = '\u201cquoted\u201d'\n"),
        ("koi8_r", "# coding: koi8-r\nNAME = 'Ад'\n"),
        ("iso8859_2", "<?xml version='1.0' encoding='ISO-8859-2'?>\n<a>\u0142\u00f3d\u017a</a>\n"),
        ("cp1251", '<html><head><meta charset="windows-1251">\n<p>Ад</p>\n'),
        ("iso8859_7", '@charset "iso-8859-7";\n/* \u03b1\u03b2 */\n'),
        ("iso2022_jp", "# coding: iso-2022-jp\nNAME = '注文'\n"),
        ("shift_jis", "# encoding: Shift_JIS\nNAME = '表'\n"),
    ],
)
def test_what_a_file_declares_counts(encoding, head):
    assert decode(head.encode(encoding)).text == head


@pytest.mark.parametrize("name", CODECS)
def test_a_declaration_names_no_code_to_run(name):
    assert "order_total" in decode(f"# coding: {name}\n# caf\xe9\norder_total\n".encode("latin-1")).text


def test_a_declaration_that_the_bytes_disprove_counts_for_nothing():
    text = "# coding: latin-1\nNAME = 'größe 日本'\n"
    assert (decode(text.encode()).text, decode(text.encode()).encoding) == (text, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", WIDE)
def test_wide_text_with_and_without_a_mark(encoding, text):
    assert decode(text.encode(encoding)).text == text


def test_japanese_in_seven_bits_needs_no_declaration():
    text = "// 注文の合計を計算する\nint f();\n"
    assert decode(text.encode("iso2022_jp")).text == text
    assert decode(b"print('\x1b[1m ~{ $x ~}')\n").encoding is None


def test_utf8_with_a_name_in_latin_1_stays_utf8():
    data = "// Größe überall\n// José\n".encode() + b"// Jos\xe9\n"
    assert decode(data).text == "// Größe überall\n// José\n// Jos\ufffd\n"


def test_a_stray_byte_is_replaced():
    text = "// überall ist Größe ähnlich schön – 注文の合計\nint f();\n"
    data = text.encode().replace(b"ist", b"i\xffst")
    found = decode(data)
    assert found.text == text.replace("ist", "i\ufffdst")
    assert "utf-8" in found.encoding


@given(LETTERS)
def test_utf8_stays_what_it_is(text):
    assert decode(text.encode()).text == text
    assert decode(text.encode()).encoding is None


@given(st.binary(max_size=300))
def test_any_bytes_are_text_without_nul_or_no_text(data):
    try:
        found = decode(data)
    except UnicodeError:
        return
    assert found is None or "\0" not in found.text


@pytest.mark.parametrize("data", BINARIES)
def test_binaries_are_no_text(data):
    assert decode(data) is None


def test_noise_is_no_text():
    for size in (500, 5_000, 100_000):
        assert decode(os.urandom(size).replace(b"\0", b"\1")) is None
