"""pgcodesearch doctor."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json
from pgcodesearch.terminal import say


@click.command("doctor")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check the server, the schema, the model and the queue, and say how to mend what is wrong.

    Exit code 1 when a check fails.
    """
    from pgcodesearch.operating.doctor import examine

    findings = examine(database())
    healthy = all(finding.ok for finding in findings)
    if as_json:
        print_json({"healthy": healthy, "checks": [finding.__dict__ for finding in findings]})
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.found}")
            if not finding.ok and finding.mend:
                say(f"      mend: {finding.mend}")
    ctx.exit(0 if healthy else 1)
