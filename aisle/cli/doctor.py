"""Command `aisle doctor`: is everything in order, and what to do where it is not."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from aisle.doctor.findings import Finding

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Look at machine, settings, workspace and stores; change nothing; exit 1 on a failure."""
    from aisle.core.settings import Settings
    from aisle.doctor.checks import CHECKS
    from aisle.doctor.findings import State, examine

    settings = Settings()
    findings = examine(settings, CHECKS)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings)
    raise typer.Exit(int(any(finding.state is State.fail for finding in findings)))


def _show(findings: "list[Finding]") -> None:
    from collections import Counter

    from rich.console import Console
    from rich.text import Text

    console = Console()
    for finding in findings:
        line = Text.assemble(
            (f"{finding.state:<5}", STYLES[finding.state]), f"{finding.area:<16} ", finding.text
        )
        console.print(line, soft_wrap=True)
        if finding.advice:
            console.print(Text(f"{'':<22}{finding.advice}"), soft_wrap=True)
    counts = Counter(str(finding.state) for finding in findings)
    shown = ", ".join(f"{counts[state]} {state}" for state in STYLES)
    console.print(f"\n{shown}", highlight=False)
