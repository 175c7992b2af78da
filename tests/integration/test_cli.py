"""The command: help everywhere, exit codes, no tracebacks, and the commands of the frame."""

import importlib
import json
import os
import pkgutil
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

import pgcodesearch.cli
from pgcodesearch.cli import main
from pgcodesearch.operating.installing import install

NAMES = [m.name for m in pkgutil.iter_modules(pgcodesearch.cli.__path__) if not m.name.startswith("_")]


def _commands(command: click.Command, path: str):
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _commands(child, f"{path} {name}")


def _all_commands():
    for name in NAMES:
        yield from _commands(importlib.import_module(f"pgcodesearch.cli.{name}").command, name)


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pgcodesearch", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("path", "command"), list(_all_commands()), ids=lambda value: str(value))
def test_every_command_has_help(path, command):
    assert command.help, "a docstring"
    result = CliRunner().invoke(main, [*path.split(), "--help"])
    assert result.exit_code == 0
    assert "--database" in result.output
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.opts[0]}"


def test_file_names_are_command_names():
    for name in NAMES:
        assert importlib.import_module(f"pgcodesearch.cli.{name}").command.name == name


def test_help_lists_every_command():
    output = CliRunner().invoke(main, ["--help"]).output
    assert all(f"  {name} " in output for name in NAMES)


@pytest.mark.parametrize("arguments", [["nope"], ["status", "--nope"], ["init", "surplus"]])
def test_wrong_usage_is_2(arguments):
    assert CliRunner().invoke(main, arguments).exit_code == 2


def test_unreachable_database_is_1_without_traceback():
    done = _run("status", "--database", "postgresql://nobody@127.0.0.1:1/nothing")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_status_before_init_names_the_mend(empty_database):
    done = _run("--database", empty_database.url, "status", "--json")
    assert done.returncode == 1
    assert (
        done.stderr
        == "error: the database has no codesearch schema\nhint: create it with: pgcodesearch init\n"
    )


def test_init_status_doctor(empty_database):
    runner = CliRunner()
    created = runner.invoke(main, ["init", "--json", "--database", empty_database.url])
    assert created.exit_code == 0, created.output
    assert json.loads(created.output)["schema_change"] == "created"
    empty_database.rows("select codesearch.upsert_file('demo', 'a.py', 'x = 1')")

    status = json.loads(runner.invoke(main, ["status", "--json"], env=_environment(empty_database)).output)
    assert status["database_url"] == empty_database.url
    assert status["pending_files"] == 1
    assert 0 <= status["vector_coverage"] <= 1
    assert [row["repository"] for row in status["repositories"]] == ["demo"]
    table = runner.invoke(main, ["status"], env=_environment(empty_database))
    assert table.exit_code == 0
    assert "demo" in table.output

    doctor = runner.invoke(main, ["doctor", "--json"], env=_environment(empty_database))
    assert doctor.exit_code == 0, doctor.output
    assert json.loads(doctor.output)["healthy"] is True


def _environment(database) -> dict[str, str]:
    return {"PGCODESEARCH_DATABASE_URL": database.url}


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("update codesearch.alembic_version set version_num = '9999'", "schema"),
        ("update codesearch.model_artefact set content = 'x' where file = 'model.onnx'", "model"),
        ("update codesearch.model_version set status = 'retired'", "model"),
        ("update codesearch.index_job set state = 'failed'", "queue"),
        (
            "update codesearch.index_job set state = 'running', lease_until = now() - interval '1 hour'",
            "queue",
        ),
        ("update codesearch.index_job set run_after = now() - interval '1 day'", "queue"),
        ("grant create on schema public to public", "foreign objects"),
        ("update pg_extension set extversion = '0.8.3' where extname = 'vector'", "pgvector"),
        ("update pg_extension set extversion = '0.6.2' where extname = 'vector'", "pgvector"),
    ],
)
def test_doctor_finds(empty_database, damage, check):
    install(empty_database.url)
    empty_database.rows("select codesearch.upsert_file('demo', 'a.py', 'x = 1')")
    empty_database.rows(damage)
    result = CliRunner().invoke(main, ["doctor", "--json"], env=_environment(empty_database))
    assert result.exit_code == 1
    failed = [finding for finding in json.loads(result.output)["checks"] if not finding["ok"]]
    assert [finding["check"] for finding in failed] == [check]
    assert failed[0]["mend"]


def test_unexpected_errors_are_words_too(monkeypatch):
    def fail(*_):
        raise KeyError("surprise")

    monkeypatch.setattr("pgcodesearch.operating.status.status", fail)
    result = CliRunner().invoke(main, ["status"])
    assert result.exit_code == 1
    assert "unexpected KeyError" in result.output
    assert "Traceback" not in result.output


def test_server_commands(embedded_server):
    runner = CliRunner()
    assert runner.invoke(main, ["server", "url"]).output.strip() == embedded_server.url
    assert (
        json.loads(runner.invoke(main, ["server", "start", "--json"]).output)["database_url"]
        == embedded_server.url
    )


def test_psql_on_the_database(embedded_server, database):
    assert _run("server", "psql", "-Atc", "select 1 + 1").stdout == "2\n"
    done = _run("--database", database.url, "server", "psql", "-Atc", "select current_database()")
    assert done.stdout.strip() in database.url
