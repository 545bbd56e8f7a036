"""The snippets of the docs, as a reader would paste them, with this machine's collector in them."""

import re

from aisle.core.settings import REPOSITORY
from tests.integration.collector_process import WRITE_KEY, Collector

PAGE = REPOSITORY / "docs" / "how-to" / "point_your_tracking_at_aisle.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
HOST = "collect.your-shop.example"
KEY = "YOUR_WRITE_KEY"


def snippet(heading: str, language: str) -> str:
    """Return the first block of a section in one language."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert section, f"{PAGE.name} has no section {heading!r}"
    blocks = FENCE.findall(section.partition("\n## ")[0])
    return next(code for written, code in blocks if written == language)


def filled_in(code: str, collector: Collector) -> str:
    """Put the collector's address and key where the page has placeholders."""
    assert KEY in code and HOST in code
    return code.replace(f"https://{HOST}", collector.url).replace(KEY, WRITE_KEY)
