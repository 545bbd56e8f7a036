"""The Data Docs folder: one site per border, the nights' results, and the page that opens them.

data_docs/index.html         the page to open: the latest result of every table
data_docs/<border>/          Great Expectations' pages of the latest check, and result.json
data_docs/history/<night>.json    what one night found
"""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from aisle.core.files import write_json, write_text
from expectations.border import suite_name
from expectations.front_page import Shown, render
from expectations.results import BorderResult

HISTORY = "history"
BORDERS = ("raw", "marts", "published")
NIGHTS_SHOWN = 30
STYLE = Path(__file__).with_name("data_docs.css")
# Great Expectations' pages load Bootstrap and scripts from five other hosts.
FROM_ELSEWHERE = re.compile(
    r'<(?:link|img)[^>]*"https?://[^>]*>|<script[^>]*"https?://[^>]*>\s*</script>'
)
HOME = '<meta charset="utf-8"><meta http-equiv="refresh" content="0; url=../index.html">'


def finish_site(site: Path, result: BorderResult) -> None:
    """Make Great Expectations' pages readable offline, and put the result beside them."""
    for page in site.rglob("*.html"):
        page.write_text(_offline(page.read_text(encoding="utf-8")), encoding="utf-8")
    (site / "index.html").write_text(HOME, encoding="utf-8")
    write_json(site / "result.json", asdict(result))


def write_front_page(data_docs: Path) -> Path:
    """Write `index.html` from what lies in the folder; return it."""
    page = data_docs / "index.html"
    shown = [_shown(data_docs, name) for name in BORDERS]
    write_text(page, render([border for border in shown if border], _nights(data_docs)))
    return page


def _offline(page: str) -> str:
    style = f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>"
    return FROM_ELSEWHERE.sub("", page).replace("</head>", style, 1)


def _shown(data_docs: Path, border: str) -> Shown | None:
    path = data_docs / border / "result.json"
    if not path.exists():
        return None
    result = TypeAdapter(BorderResult).validate_json(path.read_text(encoding="utf-8"))
    labels = dict.fromkeys(rule.table for rule in result.results)
    return Shown(result, {label: _page_of(data_docs, border, label) for label in labels})


def _page_of(data_docs: Path, border: str, label: str) -> str | None:
    pages = (data_docs / border / "validations" / suite_name(label)).rglob("*.html")
    newest = max(pages, default=None)
    return newest.relative_to(data_docs).as_posix() if newest else None


def _nights(data_docs: Path) -> list[dict[str, Any]]:
    """Return the records of the last nights, newest first, each with its address on the page."""
    records = [
        json.loads(path.read_text(encoding="utf-8")) | {"address": f"{HISTORY}/{path.name}"}
        for path in (data_docs / HISTORY).glob("*.json")
    ]
    return sorted(records, key=lambda record: record["checked_at"], reverse=True)[:NIGHTS_SHOWN]
