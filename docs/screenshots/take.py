"""Takes the screenshots of the docs in a real browser, on a workspace after a finished run.

    AISLE_HOME=… make screenshots

It starts `aisle ui` by itself, logs in, visits each page, waits until what is meant to be seen is
there, and writes `docs/screenshots/*.png`.
"""

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect, sync_playwright

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.runner.airflow_settings import USER, workspace_secrets

log = logging.getLogger(__name__)

TARGET = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SIZE = {"width": 1400, "height": 900}
START_SECONDS = 300
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Addresses:
    """Where the pages of one workspace answer."""

    airflow: str
    mlflow: str
    docs: str

    @classmethod
    def of(cls, settings: Settings) -> "Addresses":
        """Return the addresses that the settings name."""
        ports = (settings.airflow_port, settings.mlflow_port, settings.docs_port)
        return cls(*(f"http://127.0.0.1:{port}" for port in ports))


def main() -> None:
    """Take all screenshots; the names of the files are those that the docs show."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings()
    at = Addresses.of(settings)
    with running_ui(settings, at), browser_page() as page:
        log_in(page, at, workspace_secrets(settings.airflow).password)
        take(page, "airflow_graph", lambda: show_graph(page, at))
        take(page, "mlflow_comparison", lambda: show_comparison(page, at))
        take(page, "data_docs", lambda: show_data_docs(page, at))


def take(page: Page, name: str, show: Callable[[], None]) -> None:
    """Write one screenshot once `show` has brought its page up."""
    show()
    page.wait_for_timeout(1500)  # charts and graphs move into place
    page.screenshot(path=TARGET / f"{name}.png")
    log.info("took %s", TARGET / f"{name}.png")


@contextmanager
def browser_page() -> Iterator[Page]:
    """Yield a page of a headless Chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise AisleError(f"No browser found (looked for {', '.join(BROWSERS)}): install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


@contextmanager
def running_ui(settings: Settings, at: Addresses) -> Iterator[None]:
    """Yield while `aisle ui` of the workspace is up; it is ended afterwards."""
    if not any(settings.trainings.glob("*/decision.json")):
        raise AisleError(f"{settings.root} has no finished training to show: run `make run` first.")
    aisle = str(Path(sys.executable).with_name("aisle"))
    process = subprocess.Popen([aisle, "ui"], env=os.environ | {"AISLE_HOME": str(settings.root)})
    try:
        wait_until_up(process, (at.docs, at.mlflow, f"{at.airflow}/api/v2/monitor/health"))
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_until_up(process: "subprocess.Popen[bytes]", addresses: tuple[str, ...]) -> None:
    """Return when every address answers."""
    deadline = time.monotonic() + START_SECONDS
    waiting = list(addresses)
    with httpx.Client(trust_env=False, timeout=5) as client:
        while waiting:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AisleError(f"`aisle ui` is not up; these do not answer: {waiting}")
            waiting = [address for address in waiting if not answers(client, address)]
            time.sleep(1)


def answers(client: httpx.Client, address: str) -> bool:
    """Tell whether a page answers well."""
    try:
        return client.get(address, follow_redirects=True).is_success
    except httpx.HTTPError:
        return False


def log_in(page: Page, at: Addresses, password: str) -> None:
    """Log in to Airflow as a person would."""
    page.goto(at.airflow)
    page.locator("input[name=username]").fill(USER)
    page.locator("input[name=password]").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(lambda url: "login" not in url)


def show_graph(page: Page, at: Addresses) -> None:
    """Bring up the graph of the training DAG."""
    page.goto(f"{at.airflow}/dags/train_recommender")
    page.get_by_role("button", name="Show Graph").click()
    expect(page.locator(".react-flow__node").first).to_be_visible(timeout=PATIENCE_MS)


def show_comparison(page: Page, at: Addresses) -> None:
    """Bring up the newest training's run: verdict, table and intervals."""
    runs = httpx.post(
        f"{at.mlflow}/api/2.0/mlflow/runs/search",
        json={"experiment_ids": ["1"], "filter": "tags.kind = 'training'", "max_results": 1},
        trust_env=False,
    ).json()["runs"]
    page.goto(f"{at.mlflow}/#/experiments/1/runs/{runs[0]['info']['run_id']}")
    expect(page.get_by_text("NDCG@10").first).to_be_visible(timeout=PATIENCE_MS)
    close_assistant(page)
    page.get_by_text("Show more").first.click()


def close_assistant(page: Page) -> None:
    """Close the panel that MLflow opens beside its pages, where it is open."""
    title = page.get_by_text("MLflow Assistant")
    if title.count():
        title.first.locator("xpath=ancestor::*[.//button][1]//button").last.click()


def show_data_docs(page: Page, at: Addresses) -> None:
    """Bring up the first page of Data Docs."""
    page.goto(f"{at.docs}/data_docs/")
    expect(page.get_by_text("Is the data fit to use?").first).to_be_visible(timeout=PATIENCE_MS)


if __name__ == "__main__":
    main()
