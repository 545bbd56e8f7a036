"""The JavaScript snippets of the docs are run as they stand there, against a real collector."""

import subprocess
from pathlib import Path

from playwright.sync_api import Page

from aisle.core.settings import Settings
from tests.browser.shop_site import HERE, shop_site
from tests.browser.wire import Wire
from tests.integration.collector_process import Collector
from tests.integration.documented_snippets import filled_in, snippet
from tests.integration.shopping_session import stored_rows


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


def test_the_documented_snippet_for_the_browser_arrives(
    page: Page, collector: Collector, settings: Settings, tmp_path: Path
) -> None:
    wire = Wire(page)
    with shop_site(filled_in(snippet("Browser", "javascript"), collector), tmp_path) as address:
        page.goto(address)
        wire.wait_until_acknowledged(3)
    collector.stop()

    rows = stored_rows(settings)
    assert sorted(row["type"] for row in rows) == ["identify", "page", "track"]
    [visitor] = {row["anonymous_id"] for row in rows}
    assert visitor
    [exposure] = [row for row in rows if row["event"] == "Product List Viewed"]
    assert [one["position"] for one in exposure["properties"]["products"]] == [1, 2]
