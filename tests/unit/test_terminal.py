"""What others wrote reaches a terminal as text: nothing that it would obey, and nothing that it would hide."""

import ast
import io
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import pgcodesearch
from pgcodesearch.cli import main
from pgcodesearch.cli._output import console, print_json, print_table
from pgcodesearch.terminal import code_lines, say, visible, visible_json, visible_lines

PACKAGE = Path(pgcodesearch.__file__).parent
CODES = {
    "\x1b]0;t\x07": r"\x1b]0;t\x07",
    "\x1b[2J": r"\x1b[2J",
    "\x9b31m": r"\x9b31m",
    "\x08\x7f\x00": r"\x08\x7f\x00",
    "a\rb": r"a\rb",
    "a\nb": r"a\nb",
    "user\u202enimda\u202c": r"user\u202enimda\u202c",
    "\u2066x\u2069": r"\u2066x\u2069",
    "sc\u200bope\u200d\ufeff": r"sc\u200bope\u200d\ufeff",
    "\U000e0041": r"\U000e0041",
    "\u2028": r"\u2028",
    "\udcff": r"\udcff",
}
DANGEROUS = "\x1b\x07\x9b\u202e\u200b\x7f"


@pytest.mark.parametrize(("text", "shown"), CODES.items())
def test_codes_are_shown(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("text", ["größe.py", "設計　メモ", "naïve 🎉", "a b", "\ue0a0 main"])
def test_text_of_any_language_stays(text):
    assert visible(text) == visible_lines(text) == text


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\rb"])
def test_line_ends_are_no_codes(text):
    assert visible_lines(text) == code_lines(text) == "a\nb"


def test_tabs_are_spaces_in_code():
    assert code_lines("\tif x:\r\n\t\ty") == "    if x:\n        y"


@given(st.text())
def test_visible_again_is_the_same_and_json_means_the_same(text):
    assert visible(visible(text)) == visible(text)
    document = json.dumps({"text": text}, ensure_ascii=False, indent=2)
    assert json.loads(visible_json(document)) == {"text": text}
    assert not any(c in visible_json(document) for c in DANGEROUS)


def test_every_way_out_is_safe(capsys):
    hostile = f"name{DANGEROUS}"
    say(hostile)
    say(hostile, err=True)
    print_json({"name": hostile})
    print_table([{"name": hostile}], ["name"], title=hostile)
    file = io.StringIO()
    console(file=file, force_terminal=True).print(hostile)
    printed = capsys.readouterr()
    text = printed.out + printed.err + file.getvalue()
    assert text.count("name") >= 5
    assert not any(c in text for c in DANGEROUS)


@pytest.mark.parametrize(
    "arguments", [[DANGEROUS], ["search", "x", f"--{DANGEROUS}"], ["search", "x", "-k", DANGEROUS]]
)
def test_usage_errors_are_safe(arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert not any(c in result.output for c in DANGEROUS)


def test_unexpected_errors_are_safe(monkeypatch):
    @click.command("odd")
    def odd():
        raise OSError(f"disk{DANGEROUS}\r\ndetail: more")

    monkeypatch.setattr(type(main), "get_command", lambda *_: odd)
    result = CliRunner().invoke(main, ["odd"])
    assert "disk\\x1b" in result.output
    assert not any(c in result.output for c in DANGEROUS)


def test_nothing_prints_on_another_way():
    """A print, an echo or a console of its own would be a way around this module."""
    allowed = {"terminal.py", "cli/_output.py"}
    for source in sorted(PACKAGE.rglob("*.py")):
        if str(source.relative_to(PACKAGE)) in allowed:
            continue
        for call in [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]:
            name = ast.unparse(call.func)
            assert name not in {
                "print",
                "click.echo",
                "click.secho",
                "Console",
                "sys.stdout.write",
                "sys.stderr.write",
            }, source
