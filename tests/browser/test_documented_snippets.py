"""The JavaScript snippets of the docs are run as they stand there, against a real collector."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from aisle.core.settings import Settings
from tests.browser.shop_site import HERE, shop_site
from tests.browser.wire import PATIENCE_MS
from tests.integration.collector_process import Collector
from tests.integration.documented_snippets import filled_in, snippet
from tests.integration.shopping_session import Message, stored_rows

STANDALONE = HERE / "node_modules/@segment/analytics-next/dist/umd/standalone.js"
ARRIVES = {
    "Browser": [("identify", None), ("page", "Home"), ("track", "Product List Viewed")],
    "RudderStack": [("identify", None), ("page", "Home"), ("track", "Product Viewed")],
    "Mixpanel": [
        *[("identify", None)] * 3,
        ("track", "Product Viewed"),
    ],  # says more than it is told
}


def test_the_documented_snippet_for_node_arrives(collector: Collector, settings: Settings) -> None:
    program = filled_in(snippet("Node", "javascript"), collector)
    subprocess.run(
        ["node", "--input-type=module", "-"],
        input=program.encode(),
        cwd=HERE,
        check=True,
        timeout=60,
    )
    collector.stop()

    found = [(row["type"], row["event"], row["user_id"]) for row in stored_rows(settings)]
    assert found == [("identify", None, "user-42"), ("track", "Order Completed", "user-42")]


@pytest.mark.parametrize("heading", ARRIVES)
def test_a_documented_snippet_for_the_browser_arrives(
    heading: str, page: Page, collector: Collector, settings: Settings, tmp_path: Path
) -> None:
    code = filled_in(snippet(heading, "javascript"), collector)
    with shop_site(code, tmp_path) as address, only_loopback(page):
        page.goto(address)
        wait_until_kept(page, collector, len(ARRIVES[heading]))
    collector.stop()

    rows = stored_rows(settings)
    assert sorted(map(kind, rows), key=str) == ARRIVES[heading]
    assert {row["user_id"] or "user-42" for row in rows} == {"user-42"}
    assert len({row["anonymous_id"] for row in rows} - {None}) == 1


def test_the_documented_snippet_without_a_bundler_arrives(
    page: Page, collector: Collector, settings: Settings, tmp_path: Path
) -> None:
    with shop_site("", tmp_path) as address, only_loopback(page):
        (tmp_path / "index.html").write_text(filled_in(snippet("Browser", "html"), collector))
        shutil.copy(STANDALONE, tmp_path)
        page.goto(address)
        wait_until_kept(page, collector, 1)
    collector.stop()

    [row] = stored_rows(settings)
    assert (row["type"], row["name"]) == ("page", "Home")


def kind(row: Message) -> tuple[str, str | None]:
    return row["type"], row["event"] or row["name"]


@contextmanager
def only_loopback(page: Page) -> Iterator[None]:
    """Fail if the page asks anybody but this machine: a shop's visitors are nobody else's."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield
    assert [url for url in asked if urlsplit(url).hostname not in ("127.0.0.1", None)] == []


def wait_until_kept(page: Page, collector: Collector, count: int) -> None:
    """Return when the collector has acknowledged that many events."""
    for _ in range(PATIENCE_MS // 200):
        if collector.accepted() >= count:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{collector.accepted()} of {count} events were kept")
