"""pgcodesearch models: the model versions of a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._endpoint import changes_of, endpoint_options, files_of, move_options
from pgcodesearch.cli._exporting import exported_files, exporting_options, is_exported_first, told
from pgcodesearch.cli._output import print_json, print_table
from pgcodesearch.cli._protocol import protocol_options, refuse_mixed
from pgcodesearch.terminal import say

_COLUMNS = [
    "name",
    "status",
    "dimension",
    "coverage",
    "pending_files",
    "failed_files",
    "has_index",
    "vector_bytes",
    "activated_at",
]


@click.group("models")
def command() -> None:
    """List, add, fill, switch and drop embedding models."""


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the model versions: how much of the index each covers, and which one answers."""
    from pgcodesearch.database import connect
    from pgcodesearch.model_versions import registry

    with connect(database(), autocommit=True) as connection:
        models = registry.list_models(connection)
    if as_json:
        print_json(models)
    else:
        print_table(models, _COLUMNS)
        for model in models:
            if model["endpoint"]:
                say(f"{model['name']}: texts are sent to {model['endpoint']}")


@command.command("add")
@click.argument("model", metavar="MODEL")
@click.option("--name", help="Name in the database; default: the one in its config.json.")
@click.option("--parent", metavar="NAME", help="Model version it was trained from.")
@exporting_options
@endpoint_options
@json_option
def add(
    model: str, name: str | None, parent: str | None, as_json: bool, pooling: str | None, weights: str | None,
    **endpoint: Any,
) -> None:  # fmt: skip
    """Store a model and queue its vectors.

    MODEL is the name of one that this package ships, or a folder with model.onnx, tokenizer.json and config.json. The
    files are kept in the database. Running workers fill the vectors in beside the live ones; without a worker use:
    pgcodesearch models backfill NAME.

    A plain Hugging Face folder (config.json, model.safetensors, tokenizer.json, and what sentence-transformers has
    beside them) is exported first, and refused where the graph does not give what PyTorch gives; this needs the extra
    train.

    \b
    With --endpoint MODEL is the name of a new model version that an OpenAI-compatible service computes:
    pgcodesearch models add MODEL --endpoint http://localhost:8080/v1 --remote-model THEIR-NAME
    The texts of the index, and each query, are sent there as long as the model is in use.
    """
    from pgcodesearch.database import connect
    from pgcodesearch.model_versions import adding

    options = {"pooling": pooling, "weights": weights, **endpoint}
    files: dict[str, bytes] | None
    exported: dict[str, Any] | None = None
    if is_exported_first(model, options):
        files, exported = exported_files(model, name, options)
    else:
        files = files_of(model, name, endpoint)
    with connect(database(), autocommit=True) as connection:
        if files is None:
            stored_as = adding.add_model(connection, model, name, parent)
        else:
            stored_as = adding.add_files(connection, files, parent=parent)
    text = f"added {stored_as}; next: pgcodesearch models backfill {stored_as}"
    if exported is None:
        _say({"model": stored_as}, text, as_json)
    else:
        _say({"model": stored_as, "exported": exported}, [*told(exported), text], as_json)


@command.command("move")
@click.argument("name")
@move_options
@json_option
def move(name: str, as_json: bool, **changes: Any) -> None:
    """Reach model version NAME, which is behind an endpoint, at another place or in another way.

    The new place must give the vectors that are stored; it is asked for a few of them. Nothing is embedded anew.
    Workers and clients take it up with their next request.
    """
    from pgcodesearch.database import connect
    from pgcodesearch.model_versions import adding

    wanted = changes_of(changes)
    with connect(database(), autocommit=True) as connection:
        adding.move_endpoint(connection, name, wanted)
    _say({"moved": name, "changed": sorted(wanted)}, f"moved {name}", as_json)


@command.command("backfill")
@click.argument("name")
@json_option
@click.pass_context
def backfill(context: click.Context, name: str, as_json: bool) -> None:
    """Embed all code that model version NAME lacks a vector of, and build its index.

    Searches go on with the active model. Where the model's configuration says nothing of the scale of its cosines, it
    is measured beside the active model's, so that the weights of search mean the same; and where it has no query table
    or no document table, they are made (models query-table, models document-table). Interrupted or killed, the next
    call goes on where it was.
    """
    from dataclasses import asdict

    from pgcodesearch.cli._progress import make_progress
    from pgcodesearch.model_versions import filling

    with make_progress(plain=False) as progress:
        done = filling.backfill(database(), name, progress.count)
    failed = f", {done.failed_files} failed" if done.failed_files else ""
    lines = [f"{name}: {done.embedded_files} files embedded, coverage {done.coverage:.3f}{failed}"]
    if done.scale:
        lines.append("its scale: " + ", ".join(f"{setting} {value}" for setting, value in done.scale.items()))
    if done.query_table:
        lines.append(f"its query table: {done.query_table}")
    if done.document_table:
        lines.append(f"its document table: {done.document_table}")
    _say(asdict(done), lines, as_json)
    if done.coverage < 1:
        context.exit(1)


@command.command("recall")
@click.argument("name")
@click.option(
    "--samples", type=click.IntRange(1), help="Queries to ask; default: maintenance.recall_samples."
)
@json_option
def recall(name: str, samples: int | None, as_json: bool) -> None:
    """Measure what share of the ten nearest vectors the index of model version NAME finds, against exact search.

    Rows without an index say what one of bits (models index --first-pass bit) could find at most, by how many vectors
    are read for each that is kept (vector.first_pass_overfetch).
    """
    from dataclasses import asdict

    from pgcodesearch.database import connect
    from pgcodesearch.operating.vector_indexes import measure_recall

    with connect(database(), autocommit=True) as connection:
        rows = [asdict(row) for row in measure_recall(connection, name, samples)]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["first_pass", "index", "overfetch", "read", "recall"])


@command.command("index")
@click.argument("name")
@click.option(
    "--first-pass",
    type=click.Choice(["halfvec", "bit"]),
    help="What its index is of from now on: whole vectors, or the sign of each dimension, in half the space.",
)
@json_option
def index(name: str, first_pass: str | None, as_json: bool) -> None:
    """Build the vector index that the settings of model version NAME ask for, in the place of the one it has.

    Searches go by the old one until the new one is ready, and writers go on. Both take space until then. See before,
    by models recall, what an index of bits would find.
    """
    from pgcodesearch.database import connect
    from pgcodesearch.operating.vector_indexes import build_vector_index

    with connect(database(), autocommit=True) as connection:
        built = build_vector_index(connection, name, first_pass)
    _say(
        {"model": name, "built": built}, f"{name}: {'index built' if built else 'nothing to build'}", as_json
    )


@command.command("document-table")
@click.argument("name")
@click.option(
    "--texts", type=click.IntRange(1_000), default=40_000, show_default=True, help="Texts to fit it to."
)
@click.option("--file", type=click.Path(path_type=Path), help="Write the table to this file too.")
@json_option
@click.pass_context
def document_table(context: click.Context, name: str, texts: int, file: Path | None, as_json: bool) -> None:
    """Make the document table of model version NAME: new code is found by meaning at once.

    A vector for each token is fitted to the vectors that the index has of its texts. A text's provisional vector is
    their sum: thousands are made a second, before the model has read the text, and each goes when the model's own
    comes. A table whose vectors are far from the model's is not stored.
    """
    from pgcodesearch.cli._progress import make_progress
    from pgcodesearch.database import connect
    from pgcodesearch.document_tables import renewing

    with (
        connect(database(), autocommit=True) as connection,
        make_progress(plain=False) as progress,
    ):
        made = renewing.renew(connection, name, texts, progress.count)
    if file is not None:
        file.write_bytes(made.table.to_bytes())
    _say({"model": name, **made.table.metrics, "accepted": made.accepted}, f"{name}: {made.told()}", as_json)
    if not made.accepted:
        context.exit(1)


@command.command("query-table")
@click.argument("name")
@click.option(
    "--texts",
    type=click.IntRange(1_000),
    help="Queries that the model embeds: 150,000; of an endpoint 8,000.",
)
@click.option("--most-fall", type=float, default=0.01, show_default=True, help="Of NDCG@10 that is allowed.")
@click.option("--yes", is_flag=True, help="Send the texts to an endpoint without asking.")
@click.option("--file", type=click.Path(path_type=Path), help="Write the table to this file too.")
@json_option
@click.pass_context
def query_table(
    context: click.Context, name: str, texts: int | None, most_fall: float, yes: bool, file: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Make the query table of model version NAME: SQL embeds queries by it, on any server, without the model.

    The model embeds queries that are made of the documentation, names and headings of the index, and a vector for each
    token is fitted to these. The table answers if the answers to held-out queries hardly fall against the model's own;
    else the model goes on to embed them, and the reason is kept. Interrupted or killed, the next call goes on.
    """
    from dataclasses import asdict

    from pgcodesearch.cli._progress import make_progress
    from pgcodesearch.database import connect
    from pgcodesearch.query_tables import renewing
    from pgcodesearch.query_tables.judging import TableGate

    with connect(database(), autocommit=True) as connection:
        planned = renewing.plan(connection, name, texts)
        if planned.embedder.remote and not yes:
            say(
                f"{len(planned.texts):,} texts, {planned.characters:,} characters, are sent to the endpoint of {name}",
                err=True,
            )
            click.confirm("go on?", abort=True, err=True)
        with make_progress(plain=False) as progress:
            made = renewing.renew(connection, planned, TableGate(most_fall), progress.count)
    if file is not None:
        file.write_bytes(made.table.to_bytes())
    verdict = made.verdict
    _say(
        {"model": name, **made.table.metrics, "settings": made.table.settings, **asdict(verdict)},
        f"{name}: cosine {made.table.metrics['cosine']} to the model;"
        f" {'accepted' if verdict.accepted else 'refused'}: {verdict.reason}",
        as_json,
    )
    if not verdict.accepted:
        context.exit(1)


@command.command("evaluate")
@click.argument("name")
@click.option("--set", "query_set", default="default", show_default=True, help="Set of judged queries.")
@protocol_options
@json_option
@click.pass_context
def evaluate(
    context: click.Context, name: str, query_set: str, protocol: str | None, limit: int, minimum: int, seed: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Ask the judged queries of model version NAME, active or not; the same as eval run --model NAME.

    With --protocol the table is printed and not kept; pgcodesearch compare keeps two models' beside each other.
    """
    refuse_mixed(context, protocol, ("query_set",))
    if protocol:
        from pgcodesearch.cli import _protocol
        from pgcodesearch.evaluating.protocol import ProtocolOptions

        _protocol.measure(name, ProtocolOptions(limit, minimum, seed), as_json)
        return
    from pgcodesearch.cli.eval import run_queries

    context.invoke(
        run_queries, query_set=query_set, as_json=as_json, encoder="model", k=10, mode="hybrid", model=name,
        repository=None, min_score=None, note=None,
    )  # fmt: skip


@command.command("advise")
@json_option
def advise(as_json: bool) -> None:
    """Say whether to train a model on this database's use, with the numbers that speak for it."""
    from pgcodesearch.database import connect
    from pgcodesearch.model_versions import registry

    with connect(database(), autocommit=True) as connection:
        advice = registry.training_advice(connection)
    numbers = [f"  {name.replace('_', ' ')}: {value}" for name, value in advice["numbers"].items()]
    _say(advice, [f"{advice['answer']}: {advice['reason']}", *numbers], as_json)


@command.command("activate")
@click.argument("name")
@click.option("--reason", help="Kept with the switch.")
@click.option("--force", is_flag=True, help="Even where vectors are missing or the gate refused it.")
@json_option
def activate(name: str, reason: str | None, force: bool, as_json: bool) -> None:
    """Let model version NAME answer from now on; running searches end with the one they began with."""
    from pgcodesearch.database import connect
    from pgcodesearch.model_versions import registry

    with connect(database(), autocommit=True) as connection:
        switched = registry.activate(connection, name, reason, force)
    _say({"active": name, "switched": switched}, f"{name} {'is' if switched else 'was'} active", as_json)


@command.command("rollback")
@json_option
def rollback(as_json: bool) -> None:
    """Undo the newest switch at once; again to go further back."""
    from pgcodesearch.database import connect
    from pgcodesearch.model_versions import registry

    with connect(database(), autocommit=True) as connection:
        name = registry.rollback(connection)
    _say({"active": name}, f"{name} is active", as_json)


@command.command("retire")
@click.argument("name")
@json_option
def retire(name: str, as_json: bool) -> None:
    """Stop keeping up the vectors of model version NAME; backfill brings it back."""
    _change("retire", name, as_json)


@command.command("drop")
@click.argument("name")
@json_option
def drop(name: str, as_json: bool) -> None:
    """Remove model version NAME with its vectors and files; the active one can't be."""
    _change("drop", name, as_json)


def _change(action: str, name: str, as_json: bool) -> None:
    from pgcodesearch.database import connect
    from pgcodesearch.model_versions import registry

    done = {"drop": "dropped", "retire": "retired"}[action]
    with connect(database(), autocommit=True) as connection:
        registry.change_model(connection, action, name)
    _say({done: name}, f"{done} {name}", as_json)


def _say(document: Any, text: str | list[str], as_json: bool) -> None:
    """A document as JSON, or its text, one line or several."""
    if as_json:
        print_json(document)
    else:
        say(*([text] if isinstance(text, str) else text))
