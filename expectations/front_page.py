"""The first page of Data Docs, as HTML that needs no script and no network."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from expectations.report import examples, numbers
from expectations.results import BorderResult, Outcome, RuleResult

TEMPLATE = Path(__file__).with_name("front_page.html")
MEANINGS = {
    "raw": "what was loaded, before dbt reads it",
    "marts": "what dbt made, before it is published",
    "published": "the files that everyone reads, looked at every night",
}
WORST_FIRST = (
    Outcome.BROKEN,
    Outcome.FAILED,
    Outcome.WARNED,
    Outcome.SKIPPED,
    Outcome.PASSED,
)


@dataclass(frozen=True)
class Shown:
    """One border on the page: its latest result and the page of each of its tables."""

    result: BorderResult
    pages: Mapping[str, str | None]


def render(borders: Sequence[Shown], nights: Sequence[Mapping[str, Any]]) -> str:
    """Return the page: the latest result of every table, then one line per night."""
    missing = [name for name in MEANINGS if name not in {shown.result.border for shown in borders}]
    sections = [_section(shown) for shown in borders]
    sections += [f"<h2>{name}: {MEANINGS[name]}</h2><p>not checked yet</p>" for name in missing]
    rows = "\n".join(_night(record) for record in nights)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        borders="\n".join(sections),
        nights=f"<table>{rows}</table>" if rows else "<p>no night yet</p>",
    )


def _section(shown: Shown) -> str:
    result = shown.result
    tables = "\n".join(_table(shown, label) for label in shown.pages)
    return (
        f"<h2>{escape(result.border)}: {MEANINGS[result.border]}</h2>"
        f"<p>Checked at {escape(result.checked_at)} for {escape(result.build_id)}.</p>"
        f"<table>{tables}</table>"
    )


def _table(shown: Shown, label: str) -> str:
    rules = [rule for rule in shown.result.results if rule.table == label]
    worst = min((rule.outcome for rule in rules), key=WORST_FIRST.index)
    page = shown.pages[label]
    name = f'<a href="{escape(page)}">{escape(label)}</a>' if page else escape(label)
    return (
        f"<tr><td>{name}</td><td>{_badge(worst)}</td>"
        f"<td>{_counts(Counter(rule.outcome for rule in rules))}</td></tr>{_findings(rules)}"
    )


def _findings(rules: Sequence[RuleResult]) -> str:
    found = [rule for rule in rules if rule.outcome not in (Outcome.PASSED, Outcome.SKIPPED)]
    reasons = dict.fromkeys(rule.reason for rule in rules if rule.outcome is Outcome.SKIPPED)
    texts = [_finding(rule) for rule in found] + [escape(str(reason)) for reason in reasons]
    if not texts:
        return ""
    lines = "".join(f"<li>{text}</li>" for text in texts)
    return f'<tr><td colspan="3"><ul>{lines}</ul></td></tr>'


def _finding(rule: RuleResult) -> str:
    parts = [f"<b>{escape(rule.rule)}</b>: {escape(numbers(rule))}"]
    if rule.examples:
        parts.append(f"for example <code>{escape(examples(rule.examples))}</code>")
    if rule.next_step:
        parts.append(f"Next: {escape(rule.next_step)}")
    return "<br>".join(parts)


def _night(record: Mapping[str, Any]) -> str:
    outcomes = Counter(
        Outcome(rule["outcome"]) for border in record["borders"] for rule in border["results"]
    )
    address, name = escape(record["address"]), escape(record["night"])
    worst = min(outcomes, key=WORST_FIRST.index)
    return (
        f'<tr><td>{escape(record["checked_at"])}</td><td><a href="{address}">{name}</a></td>'
        f"<td>{_badge(worst)}</td><td>{_counts(outcomes)}</td></tr>"
    )


def _badge(outcome: Outcome) -> str:
    return f'<span class="{outcome.value}">{outcome.value}</span>'


def _counts(outcomes: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{outcomes[kind]} {kind}" for kind in WORST_FIRST[::-1] if kind in outcomes)
