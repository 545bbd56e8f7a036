"""What the tests of the JavaScript clients share; `make test-browser` installs what they need."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from aisle.core.settings import Settings
from docs.screenshots.take import browser_page
from tests.integration.collector_process import Collector, running_collector

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder: `make test` needs neither Node nor a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def collector(settings: Settings) -> Iterator[Collector]:
    with running_collector(settings.root) as running:
        yield running


@pytest.fixture
def page() -> Iterator[Page]:
    with browser_page() as opened:
        yield opened
