"""pgcodesearch train."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json
from pgcodesearch.terminal import say

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("train")
@click.option(
    "--from-feedback", is_flag=True, help="The whole round: feedback, training, proof, gate, switch."
)
@click.option("--config", "config_file", metavar="FILE", help="Settings, as TOML.",
              type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
@click.option("--base-model", "base", metavar="FOLDER", type=_FOLDER,
              help="Local Hugging Face encoder to train instead of the active model.")  # fmt: skip
@click.option(
    "--dataset", metavar="FOLDER", type=_FOLDER, help="Replay from this folder of pgcodesearch dataset."
)
@click.option("--query-set", metavar="NAME", help="Judged queries of the gate; default: held-out feedback.")
@click.option("--name", help="Name of the new model version.")
@click.option(
    "--min-triplets", type=click.IntRange(1), metavar="N", help="Fewer are too little to train on; 10000."
)
@click.option("--force", is_flag=True, default=None, help="Train even where the advice is not to.")
@click.option("--no-activate", is_flag=True, help="Let a model that passes wait for: models activate.")
@click.option("--record", is_flag=True, help="Without --from-feedback: keep run and metrics in the database.")
@click.option("--dry-run", is_flag=True, default=None, help="Only say what there is to learn from.")
@json_option
def command(
    from_feedback: bool, config_file: Path | None, base: Path | None, dataset: Path | None, query_set: str | None,
    name: str | None, min_triplets: int | None, force: bool | None, no_activate: bool, record: bool,
    dry_run: bool | None, as_json: bool,
) -> None:  # fmt: skip
    """Train an embedding model.

    With --from-feedback on what this database's users searched and used, up to the switch. Made for cron: a round
    that was killed goes on, a second one at the same time does nothing, and a model that is not better is refused and
    the reason kept. Ends with 0 when the round was complete, also when the gate refused its model.

    Without it the run that FILE describes, into files only: see training/README.md.
    """
    from pgcodesearch.extras import require_training

    if not from_feedback and config_file is None:
        raise click.UsageError("give --from-feedback, or --config FILE for a run of its own")
    require_training()
    if not from_feedback:
        from pgcodesearch.training.config import read_config
        from pgcodesearch.training.recorded import train_recorded
        from pgcodesearch.training.train import train

        assert config_file is not None
        config = read_config(config_file)
        print_json(train_recorded(database(), config) if record else train(config))
        return
    from pgcodesearch.training.round import run_round
    from pgcodesearch.training.round_config import read_round

    asked = read_round(
        config_file, base=base, dataset=dataset, query_set=query_set, name=name, min_triplets=min_triplets,
        force=force, activate=False if no_activate else None, dry_run=dry_run,
    )  # fmt: skip
    result = run_round(database(), asked, lambda text: say(text, err=True))
    if as_json:
        print_json(asdict(result))
        return
    say(f"{result.outcome}: {result.reason}")
    if result.outcome in ("skipped", "dry run"):
        for key, value in result.numbers.items():
            say(f"  {key.replace('_', ' ')}: {value}")
