"""A round and its steps: :mod:`pgcodesearch.training.round` begins and ends it."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import ModelNotReady
from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating import comparing, store
from pgcodesearch.evaluating.scale import take_over_settings
from pgcodesearch.model_versions import adding, filling, registry
from pgcodesearch.query_tables.renewing import ensure
from pgcodesearch.training import runs, weights
from pgcodesearch.training.average import average
from pgcodesearch.training.card import write_card
from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.data import read_pairs
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer
from pgcodesearch.training.export import ExportOptions, ExportRefused, export, weights_kind
from pgcodesearch.training.feedback import Feedback
from pgcodesearch.training.metrics import JsonLinesSink, PostgresSink, to_all
from pgcodesearch.training.optimising import chosen_device
from pgcodesearch.training.round_config import RoundConfig, RoundResult
from pgcodesearch.training.round_data import RoundFiles
from pgcodesearch.training.train import train
from pgcodesearch.training.validation import validate
from pgcodesearch.training.weights import ModelFacts

_CALIBRATION_QUERIES = 200


@dataclass
class Round:
    """A round under way, and what its steps have found by now; :meth:`steps` does them in their order.

    data: counts of the pairs; trained: of the training, its average and the candidate's scale; proof: of the export.
    """

    connect: Callable[[], Connection]  # in autocommit mode; the round holds none while it trains
    database: str | None
    config: RoundConfig
    base_model: str
    run: runs.Run
    found: Feedback
    say: Callable[[str], None]
    candidate: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    trained: dict[str, Any] = field(default_factory=dict)
    proof: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """What a killed round goes on from."""
        return self.run.folder

    @property
    def _files(self) -> RoundFiles:
        return RoundFiles(self.config, self.folder)

    def steps(self) -> RoundResult:
        """Weights and data, training, export, vectors, gate, switch; a step that was done before is not done again."""
        facts = self._prepare()
        settings = self._files.settings(facts, self.data)
        self._train(settings)
        if self.trained["averaged_mrr"] <= self.trained["base_mrr"]:
            told = "training did not better the validation queries: MRR@10 {base_mrr:.4f}, at best {averaged_mrr:.4f}"
            return self._end("refused", told.format(**self.trained))
        self.candidate = self.config.name or successor(self.base_model, self.run.run_id)
        self._export(facts, settings)
        self._fill()
        return self._judge()

    def note(self, stage: str, **columns: Any) -> None:
        """Record the step that begins now, and what is known by now."""
        with self.connect() as connection:
            runs.note(connection, self.run.run_id, stage, **columns)

    def _prepare(self) -> ModelFacts:
        """The weights to start from, and the data: frozen in the folder, so that a killed round sees the same."""
        self.note("data")
        with self.connect() as connection:
            for name in runs.refused_candidates(connection):
                registry.change_model(connection, "drop", name)
            facts = self._files.write_base(connection, self.base_model)
            self.data = self._files.write_data(connection, facts, self.found)
        self.note("train", dataset=self.data)
        self.say("{train} triplets, {replay} older pairs, {validation} to validate".format(**self.data))
        return facts

    def _train(self, settings: TrainConfig) -> None:
        """Train, with metrics into the database; then find the best point between base and result."""
        sink = PostgresSink(self.connect, self.run.run_id)
        try:
            lines = JsonLinesSink(self.folder / "train" / "metrics.jsonl")
            self.trained = train(settings, to_all(lines, sink))
        finally:
            sink.close()
        self.trained |= self._average_best(settings)
        self.say("validation MRR@10 {base_mrr:.4f} → {averaged_mrr:.4f}".format(**self.trained))

    def _average_best(self, settings: TrainConfig) -> dict[str, Any]:
        """Write the best of the points between base and trained weights to averaged/; its share and MRR@10."""
        best: dict[str, Any] = {"average_share": 0.0, "averaged_mrr": -1.0}
        pairs = read_pairs(settings.validation)[: settings.validation_limit]
        for share in sorted(self.config.average_shares) if self.trained["best_step"] else ():
            point = self.folder / f"share-{share:g}"
            average(Path(settings.model), self.folder / "train" / "best", share, point)
            encoder = SentenceEncoder.load(point, settings.pooling).to(chosen_device(settings.device))
            mrr = validate(encoder, load_tokenizer(point, settings.code_tokens), pairs, settings.precision)
            if mrr > best["averaged_mrr"]:
                best = {"average_share": share, "averaged_mrr": mrr}
                shutil.rmtree(self.folder / "averaged", ignore_errors=True)
                shutil.copytree(point, self.folder / "averaged")
            shutil.rmtree(point)
        return (
            best
            if best["average_share"]
            else {"average_share": 0.0, "averaged_mrr": self.trained["base_mrr"]}
        )

    def _export(self, facts: ModelFacts, settings: TrainConfig) -> None:
        """Export, proven against PyTorch: int8 where it ranks as well as fp32, else only its tables. Raises
        ExportRefused. Then a model version of its own."""
        assert self.candidate is not None
        self.note("export", candidate=self.candidate, result=self.trained)
        options = ExportOptions(
            model=self.folder / "averaged", output=self.folder / "model", name=self.candidate, pooling=facts.pooling,
            max_tokens=facts.max_tokens, query_prefix=facts.prefixes.get("query", ""),
            code_prefix=facts.prefixes.get("code", ""), licence=facts.licence, base=facts.name,
            gate_pairs=self.folder / "proof.jsonl",
        )  # fmt: skip
        try:
            self.proof = dict(export(options))
        except ExportRefused as refusal:
            options = dataclasses.replace(options, tables_only=True)
            self.proof = export(options) | {"int8": str(refusal)}
        self.proof["weights"] = weights_kind(options)
        card = write_card(
            self.candidate, self.run.run_id, facts, settings, self.data, self.trained, self.proof
        )
        (self.folder / "model" / "MODEL_CARD.md").write_text(card, encoding="utf-8")
        self.say(
            "exported {}: fp32 differs by {fp32_difference:.1e}, weights {weights}".format(
                self.candidate, **self.proof
            )
        )
        self.note("register", result={"proof": self.proof})
        with self.connect() as connection, connection.transaction():
            self._register(connection, self.candidate, card)
        self.note("backfill")

    def _register(self, connection: Connection, name: str, card: str) -> None:
        """Store artefact, lineage, weights, card and report as a candidate; a killed round's may be there already."""
        known = connection.execute(
            "select 1 from codesearch.model_version where name = %s and metrics #>> '{training,run_id}' = %s",
            (name, str(self.run.run_id)),
        ).fetchone()
        if known is None:
            parent = None if self.config.base else self.base_model
            adding.add_model(connection, self.folder / "model", name, parent)
        told = {
            "run_id": self.run.run_id,
            "data": self.data,
            "proof": self.proof,
            "card": card,
        } | self.trained
        connection.execute(
            "update codesearch.model_version set metrics = metrics || %s where name = %s",
            (Jsonb({"training": told}), name),
        )
        weights.store_weights(connection, name, self.folder / "averaged")

    def _fill(self) -> None:
        """The candidate's vectors, beside the live ones."""
        assert self.candidate is not None
        filled = filling.backfill(self.database, self.candidate, finished=False)
        self.say(f"vectors filled: coverage {filled.coverage:.3f}, {filled.failed_files} files failed")

    def _judge(self) -> RoundResult:
        """Ask both the judged queries through codesearch.search; promote or refuse, with the reason kept."""
        assert self.candidate is not None
        self.note("gate")
        with self.connect() as connection:
            baseline = store.active_model(connection)
            assert baseline is not None
            queries = sorted({pair.query for pair in self.found.train})[:_CALIBRATION_QUERIES]
            self.trained["settings"] = take_over_settings(connection, baseline, self.candidate, queries)
            comparison = comparing.compare(connection, baseline, self.candidate, self.config.judged_set)
            verdict = comparing.gate(connection, comparison, self.config.gate)
        self.say(f"gate: {'promote' if verdict.promote else 'refuse'}: {verdict.reason}")
        told = {name: dataclasses.asdict(difference) for name, difference in comparison.differences.items()}
        numbers: dict[str, Any] = {
            "proof": self.proof,
            "comparison_id": comparison.comparison_id,
            "gate": told,
        }
        if not verdict.promote:
            return self._end("refused", verdict.reason, **numbers)
        with self.connect() as connection:
            table = ensure(connection, self.candidate, lambda step, done, total: None)
        if table is not None:
            self.say(f"query table: {'accepted' if table.accepted else 'refused'}: {table.reason}")
        return self._end(*self._activate(verdict.reason), **numbers)

    def _activate(self, reason: str) -> tuple[str, str]:
        assert self.candidate is not None
        if not self.config.activate:
            return "promoted", reason
        try:
            with self.connect() as connection:
                registry.activate(connection, self.candidate, f"training run {self.run.run_id}: {reason}")
        except ModelNotReady as error:
            return "promoted", f"passed the gate, but is not ready: {error.detail}; {reason}"
        return "activated", reason

    def _end(self, outcome: str, reason: str, **numbers: Any) -> RoundResult:
        numbers = self.data | self.trained | numbers
        self.note("end", result=numbers)
        with self.connect() as connection:
            runs.finish(connection, self.run.run_id, outcome, reason)
        return RoundResult(outcome, reason, self.run.run_id, self.candidate, self.base_model, numbers)


def successor(base_model: str, run_id: int) -> str:
    """``minilm-code-v2`` → ``minilm-code-v2-r3``, → ``minilm-code-v2-r4``; a folder gives its name."""
    stem = re.sub(r"-r\d+$", "", Path(base_model).name)
    return f"{stem}-r{run_id}"
