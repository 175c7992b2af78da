"""The server's entry in clients' files: in, again, and out; all that others wrote stays, to the byte."""

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from pgcodesearch.agents.install import CLIENTS, Surroundings, entries, files, jsonc, toml
from pgcodesearch.agents.install.entries import NotChanged, entry_of, install, uninstall
from pgcodesearch.cli import main
from pgcodesearch.cli.mcp import command
from pgcodesearch.database.errors import InvalidArgument

OTHERS = {
    "claude-code": """{
  "numStartups": 3,
  "mcpServers": {
    "git": {"type": "stdio", "command": "git-mcp", "args": []}
  },
  "projects": {"/a": {"mcpServers": {}}}
}
""",
    "claude-desktop": """{
    "mcpServers": {
        "git": {
            "command": "git-mcp"
        }
    }
}""",
    "cursor": '{"mcpServers": {"git": {"command": "git-mcp"}}}',
    "vscode": """{
\t// mine
\t"servers": {
\t\t"git": { "type": "stdio", "command": "git-mcp" }, // keep
\t},
\t"inputs": [],
}
""",
    "codex": """model = "o9" # best

[mcp_servers.git]
command = "git-mcp"

# of the profile
[profiles.a]
x = 1
""",
    "gemini": """{
  "theme": "Dracula",
  "mcpServers": {
    "git": {
      "httpUrl": "http://localhost:1/mcp"
    }
  }
}
""".replace("\n", "\r\n"),
    "zed": """// Zed settings
{
  "vim_mode": true, /* yes */
  "context_servers": {
    // of the team
    "git": { "command": "git-mcp", "args": [], "env": {} }
  }
}
""",
    "windsurf": '{"theme": 1,\n "mcpServers": {}\n}\n',
}
each_client = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)


def servers(client, file: Path) -> dict:
    text = file.read_text(encoding="utf-8")
    return (tomllib.loads(text) if client.is_toml else jsonc.parse(text).value)[client.section]


@pytest.fixture
def surroundings(tmp_path) -> Surroundings:
    return Surroundings(tmp_path, {}, "linux")


@each_client
def test_a_fresh_home(client, surroundings):
    file, entry = client.file(surroundings), entry_of(client, None, {})
    assert install(client, file, entry).done == "added"
    assert servers(client, file) == {"pgcodesearch": entry}
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-1] == "mcp"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert uninstall(client, file).done == "removed"
    assert file.read_text().strip() in ("", "{}")
    assert uninstall(client, file).done == "absent"


@each_client
def test_entries_of_others_stay_to_the_byte(client, surroundings):
    file, entry = client.file(surroundings), entry_of(client, None, {})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(OTHERS[client.name].encode())
    before = servers(client, file)
    assert install(client, file, entry).done == "added"
    assert servers(client, file) == {**before, "pgcodesearch": entry}
    added = file.read_bytes()
    assert install(client, file, entry).done == "current"
    assert file.read_bytes() == added
    assert uninstall(client, file).done == "removed"
    if before:
        assert file.read_bytes().decode() == OTHERS[client.name]
    else:
        assert json.loads(file.read_text()) == {"theme": 1}


@each_client
def test_an_entry_is_brought_up_to_date_and_keeps_what_its_user_added(client, surroundings):
    file = client.file(surroundings)
    install(client, file, entry_of(client, "postgresql://a/b", {}))
    text = file.read_text()
    if client.is_toml:
        file.write_text(text + "startup_timeout_sec = 20\n[mcp_servers.pgcodesearch.env]\nA = '1'\n")
    else:
        file.write_text(text.replace('"command"', '"timeout": 20, "command"'))
    entry = entry_of(client, "postgresql://a/other", {})
    assert install(client, file, entry).done == "updated"
    more = {"startup_timeout_sec": 20, "env": {"A": "1"}} if client.is_toml else {"timeout": 20}
    assert servers(client, file)["pgcodesearch"] == {**entry, **more}
    assert uninstall(client, file).done == "removed"
    assert file.read_text().strip() in ("", "{}")


@each_client
def test_a_broken_file_is_left_alone_and_the_entry_is_shown(client, surroundings):
    file = client.file(surroundings)
    file.parent.mkdir(parents=True, exist_ok=True)
    for broken in (
        b"{ broken",
        b"\xff\xfe{}",
        b"[1, 2]" if not client.is_toml else b"mcp_servers = {a = {}}\n",
    ):
        file.write_bytes(broken)
        with pytest.raises(NotChanged) as caught:
            install(client, file, entry_of(client, None, {}))
        assert "pgcodesearch" in (caught.value.hint or "")
        assert client.section in (caught.value.hint or "")
        assert file.read_bytes() == broken
    assert list(file.parent.iterdir()) == [file]


@each_client
def test_a_name_of_another_program_is_not_taken(client, surroundings):
    file = client.file(surroundings)
    install(client, file, {**entry_of(client, None, {}), "command": "/usr/bin/other", "args": ["mcp"]})
    before = file.read_bytes()
    for act in (lambda: install(client, file, entry_of(client, None, {})), lambda: uninstall(client, file)):
        with pytest.raises(NotChanged, match="another program"):
            act()
    assert file.read_bytes() == before
    assert install(client, file, entry_of(client, None, {}), "code-search").done == "added"
    assert set(servers(client, file)) == {"pgcodesearch", "code-search"}


def test_links_and_permissions_stay(tmp_path):
    client = CLIENTS["cursor"]
    real, link = tmp_path / "dotfiles" / "mcp.json", tmp_path / "mcp.json"
    real.parent.mkdir()
    real.write_text("{}")
    real.chmod(0o640)
    link.symlink_to(real)
    install(client, link, entry_of(client, None, {}))
    assert link.is_symlink()
    assert "pgcodesearch" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(NotChanged, match="missing"):
        install(client, link, entry_of(client, None, {}))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotChanged, match="regular"):
        install(client, tmp_path / "pipe", entry_of(client, None, {}))


def test_a_file_that_another_program_changed_meanwhile_is_kept(tmp_path):
    file = tmp_path / "mcp.json"
    file.write_text('{"by": "another"}')
    with pytest.raises(OSError, match="meanwhile"):
        files.replace_text(file, "{}", "{1}")
    assert file.read_text() == '{"by": "another"}'
    assert list(tmp_path.iterdir()) == [file]


def test_where_the_files_are(tmp_path):
    linux = Surroundings(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path / "x"), "CODEX_HOME": "/c"}, "linux")
    mac = Surroundings(tmp_path, {}, "darwin")
    assert CLIENTS["zed"].file(linux) == tmp_path / "x/zed/settings.json"
    assert CLIENTS["codex"].file(linux) == Path("/c/config.toml")
    assert CLIENTS["claude-code"].file(mac) == tmp_path / ".claude.json"
    assert CLIENTS["vscode"].file(mac) == tmp_path / "Library/Application Support/Code/User/mcp.json"
    assert CLIENTS["zed"].file(mac) == tmp_path / ".config/zed/settings.json"
    assert CLIENTS["claude-code"].file(mac, tmp_path / "p") == tmp_path / "p/.mcp.json"
    with pytest.raises(InvalidArgument, match="project"):
        CLIENTS["windsurf"].file(mac, tmp_path)
    assert all(client.source.startswith("https://") for client in CLIENTS.values())


def test_a_password_is_left_out_and_the_home_is_kept():
    entry = entry_of(CLIENTS["cursor"], "postgresql://me:secret@db/code", {"PGCODESEARCH_HOME": "/h"})
    assert "secret" not in str(entry)
    assert entry["args"][-2] == "--database"
    assert "env" not in entry
    assert entry_of(CLIENTS["cursor"], None, {"PGCODESEARCH_HOME": "/h"})["env"] == {
        "PGCODESEARCH_HOME": "/h"
    }
    entry = entry_of(CLIENTS["cursor"], "postgresql://db/code", {}, "host=a,b dbname=code password=secret")
    kept = entry["env"]["PGCODESEARCH_READ_DATABASE_URL"]
    assert conninfo_to_dict(kept) == {"host": "a,b", "dbname": "code"}


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert Path.home() == tmp_path
    for done in ("added", "current"):
        result = CliRunner().invoke(main, ["mcp", "install", "--client", "zed", "--client", "codex"])
        assert result.exit_code == 0, result.output
        assert result.output.count(done) == 2
    private = ["--database", "postgresql://me:secret@db/code"]
    result = CliRunner().invoke(main, [*private, "mcp", "install", "--client", "cursor"])
    assert "~/.pgpass" in result.output
    assert "secret" not in (tmp_path / ".cursor/mcp.json").read_text()
    result = CliRunner().invoke(main, ["mcp", "install", "--client", "zed", "--print"])
    assert '"context_servers"' in result.output
    (choices,) = [
        option.type.choices for option in command.commands["install"].params if option.name == "clients"
    ]
    assert set(choices) == set(CLIENTS)
    (tmp_path / ".config/zed/settings.json").write_text("{,}")
    result = CliRunner().invoke(main, ["mcp", "uninstall", "--client", "codex", "--client", "zed"])
    assert result.exit_code == 1
    assert "removed" in result.output
    assert "line 1" in result.output


def test_the_texts_name_tools_that_there_are():
    from pgcodesearch.agents.service import TOOLS

    for arguments in ([], ["--agents-md"]):
        text = CliRunner().invoke(main, ["mcp", "skill", *arguments]).output
        assert "search_code" in text
        named = {word for word in text.replace("`", " ").split() if "_" in word and word.isidentifier()}
        assert named - set(TOOLS) <= {
            "chunk_id",
            "query_id",
            "from_line",
            "to_line",
            "snippet_lines",
            "per_file",
            "only_sure",
        }


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('{"a": 1, "a": 2}', "twice"),
        ("{'a': 1}", "double quotes"),
        ('{"a" 1}', "colon"),
        ('{"a": 1 "b": 2}', "comma"),
        ("{} x", "follows"),
        ("", "value"),
        ('{"a": [1 2]}', "comma"),
        ("[" * 500, "deep"),
        ('{"a": "\n"}', "line 1"),
    ],
)
def test_what_is_no_json(text, part):
    with pytest.raises(jsonc.NotJson, match=part):
        jsonc.parse(text)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), _VALUES, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_any_json_is_edited_and_restored(value, indent):
    value.pop("servers", None)
    text = json.dumps(value, indent=indent)
    assert jsonc.parse(text).value == value
    added = jsonc.put(text, "servers", "x", {"args": ["/", '"']})
    assert jsonc.parse(added).value == {**value, "servers": {"x": {"args": ["/", '"']}}}
    assert jsonc.parse(jsonc.take_out(added, "servers", "x")).value == value


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5), st.text(max_size=8) | st.lists(st.booleans()), max_size=4
    )
)
def test_any_entry_is_written_as_toml(entry):
    assert tomllib.loads(toml.put("", "mcp_servers", "a b", entry))["mcp_servers"] == {"a b": entry}


def test_toml_that_is_not_edited_is_refused(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(
        'mcp_servers.pgcodesearch.command = "pgcodesearch"\nmcp_servers.pgcodesearch.args = ["mcp"]\n'
    )
    client = CLIENTS["codex"]
    before = file.read_text()
    for act in (
        lambda: install(client, file, {"command": "x/pgcodesearch", "args": []}),
        lambda: uninstall(client, file),
    ):
        with pytest.raises(NotChanged):
            act()
    assert file.read_text() == before
    assert entries.snippet(client, {"command": "x", "args": []}).startswith("[mcp_servers.pgcodesearch]")
