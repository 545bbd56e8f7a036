"""The first page of Data Docs: leads straight to the latest result of every table.

Great Expectations' own list of results needs a script from another host; these links work
without a network.
"""

from html import escape
from pathlib import Path
from string import Template

from aisle.core.files import write_text

TEMPLATE = Path(__file__).with_name("front_page.html")
BORDERS = ("raw", "marts")


def write_front_page(data_docs: Path) -> Path:
    """Write `index.html` over the sites of all borders that have been checked; return it."""
    page = data_docs / "index.html"
    lists = {border: _links(data_docs, border) for border in BORDERS}
    write_text(page, Template(TEMPLATE.read_text(encoding="utf-8")).substitute(lists))
    return page


def _links(data_docs: Path, border: str) -> str:
    results = data_docs / border / "validations"
    pages = {page.relative_to(results).parts[0]: page for page in sorted(results.rglob("*.html"))}
    links = [
        f'<li><a href="{escape(page.relative_to(data_docs).as_posix())}">{escape(name)}</a></li>'
        for name, page in pages.items()
    ]
    return "\n".join(links) or "<li>not checked yet</li>"
