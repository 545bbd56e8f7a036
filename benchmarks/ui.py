"""`aisle ui` and `aisle run` side by side through real processes, looked at in a real browser.

Starts the pages on free ports and a slice of the sample, lets a run use their Airflow, logs into
Airflow with the printed password, breaks one run off, kills components and at last the ui itself.
Screenshots of every page stay in the folder that is printed at the end.
"""

import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from aisle.runner.processes import started_for
from benchmarks.results import Row, at_least, at_most, report

if TYPE_CHECKING:
    from playwright.sync_api import Page

log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
HOUSEHOLDS = 60
READY = "Ctrl-C ends all of it"
PORTS = ("AIRFLOW", "COLLECTOR", "DOCS", "MLFLOW", "SERVING")
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Ui:
    """A running `aisle ui`."""

    home: Path
    process: subprocess.Popen[bytes]
    log: Path

    def printed(self) -> str:
        """Return all that it has printed so far."""
        return self.log.read_text(encoding="utf-8")

    def address(self, page: str) -> str:
        """Return the address that it printed for a page."""
        found = re.search(rf"^ +{page} +(http://\S+)", self.printed(), re.MULTILINE)
        assert found, f"{page} is not in what `aisle ui` printed"
        return found[1]

    def password(self) -> str:
        """Return the password that it printed."""
        found = re.search(r"admin / (\S+)", self.printed())
        assert found
        return found[1]


def main() -> None:
    """Live through all of it, report; exit non-zero when a bar does not hold."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # A shell tells its background jobs to ignore Ctrl-C, and children would take that over.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pictures = Path(tempfile.mkdtemp(prefix="aisle-ui-pictures-"))
    with tempfile.TemporaryDirectory(prefix="aisle-ui-") as folder:
        rows = list(_story(Path(folder) / "home", pictures))
    log.info("Screenshots: %s", pictures)
    if not report("ui", rows):
        raise SystemExit(1)


def _story(home: Path, pictures: Path) -> Iterator[Row]:
    started = time.monotonic()
    ui = _start(home)
    try:
        _wait("the pages answer", lambda: READY in ui.printed(), 300, ui)
        yield at_most("until all pages answer", time.monotonic() - started, "s", 240)
        second = subprocess.run(
            [AISLE, "ui"], env=_environment(home), capture_output=True, check=False
        )
        yield at_least("a second ui is refused", second.returncode, "exit code", 1)
        broken_off = _break_off_a_run(ui)
        yield at_most("DAG runs going 60 s after a run was broken off", broken_off, "", 0)
        run = _run(home)
        yield at_most("run beside it: exit code", run.returncode, "", 0)
        yield at_least("the run says whose Airflow it uses", _count("aisle ui", run), "", 1)
        yield at_most("dbt-docs beside it: exit code", _aisle(home, "dbt-docs").returncode, "", 0)
        _wait("MLflow", lambda: "MLflow answers on" in ui.printed(), 120, ui)
        yield at_least("pages that a browser shows", _look_at_all(ui, pictures), "", 7)
        yield at_least("components started again after a kill", _kill_components(ui), "", 2)
        os.kill(ui.process.pid, signal.SIGINT)
        yield at_most("Ctrl-C: exit code", ui.process.wait(90), "", 0)
        yield at_most("processes left after Ctrl-C", len(started_for(str(home))), "", 0)
        ui = _start(home)
        _wait("the scheduler", lambda: _find(ui, "scheduler") is not None, 120, ui)
        ui.process.kill()
        ui.process.wait()
        yield at_most("processes left 40 s after kill -9", _left_after(home, 40), "", 0)
        yield at_most("aisle clean: exit code", _aisle(home, "clean").returncode, "", 0)
        yield at_most("workspace left", float(home.exists()), "", 0)
    finally:
        if ui.process.poll() is None:
            ui.process.terminate()
            ui.process.wait(90)


def _start(home: Path) -> Ui:
    path = home.parent / "ui.log"
    with path.open("wb") as file:
        process = subprocess.Popen(
            [AISLE, "ui"],
            env=_environment(home),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    return Ui(home, process, path)


def _run(home: Path) -> subprocess.CompletedProcess[str]:
    return _aisle(home, "run")


def _aisle(home: Path, command: str) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [AISLE, command], env=_environment(home), capture_output=True, text=True, check=False
    )
    log.info("%s%s", ended.stdout, ended.stderr)
    return ended


def _break_off_a_run(ui: Ui) -> int:
    """End a run in the middle of dbt; return how many DAG runs go on a minute later."""
    run = subprocess.Popen(
        [AISLE, "run"], env=_environment(ui.home), stdout=subprocess.DEVNULL, start_new_session=True
    )
    _wait("dbt", lambda: _find(ui, "transform") is not None, 300, ui)
    run.send_signal(signal.SIGTERM)
    run.wait(60)
    deadline = time.monotonic() + 60
    while (left := _active_runs(ui.home)) and time.monotonic() < deadline:
        time.sleep(1)
    _wait("dbt to end", lambda: _find(ui, "transform") is None, 120, ui)
    return left


def _active_runs(home: Path) -> int:
    with sqlite3.connect(f"file:{home / 'airflow' / 'airflow.db'}?mode=ro", uri=True) as database:
        query = "select count(*) from dag_run where state in ('running', 'queued')"
        return int(database.execute(query).fetchone()[0])


def _look_at_all(ui: Ui, pictures: Path) -> int:
    """Return how many pages showed what they should in a real browser, Airflow after a login."""
    from playwright.sync_api import sync_playwright

    expected = {
        "Start page": "Airflow",
        "Data Docs": "raw.events",
        "dbt docs": "auto-generated documentation",
        "MLflow": "aisle-recommender",
        "API": "/v1/recommendations",
        "Collector": "/v1/batch",
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(30_000)
        shown = [_shows(page, ui.address(name), text) for name, text in expected.items()]
        shown.append(_shows_airflow(page, ui))
        page.screenshot(path=pictures / "airflow.png")
        for name in expected:
            page.goto(ui.address(name))
            page.wait_for_timeout(2000)
            page.screenshot(path=pictures / f"{name.replace(' ', '_').lower()}.png")
        browser.close()
    return sum(shown)


def _shows(page: "Page", address: str, text: str) -> bool:
    page.goto(address)
    try:
        page.get_by_text(text).first.wait_for()
    except Exception:
        log.exception("%s does not show %r", address, text)
        return False
    return True


def _shows_airflow(page: "Page", ui: Ui) -> bool:
    page.goto(ui.address("Airflow"))
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", ui.password())
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)
    return _shows(page, f"{ui.address('Airflow')}/dags", "train_recommender")


def _kill_components(ui: Ui) -> int:
    """Kill two components; return how many the ui started again."""
    for name, word in (("Airflow's scheduler", "scheduler"), ("API", "serve")):
        victim = _find(ui, word)
        assert victim is not None, word
        victim.kill()
        _wait(name, lambda name=name: f"{name} ended" in ui.printed(), 60, ui)  # type: ignore[misc]
    return ui.printed().count("starting it again")


def _find(ui: Ui, word: str) -> psutil.Process | None:
    """Return the process of the workspace whose command has the word as an argument."""
    for process in started_for(str(ui.home)):
        try:
            if word in process.cmdline()[1:4]:
                return process
        except psutil.Error:
            continue
    return None


def _left_after(home: Path, seconds: int) -> int:
    deadline = time.monotonic() + seconds
    while started_for(str(home)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return len(started_for(str(home)))


def _count(words: str, run: subprocess.CompletedProcess[str]) -> int:
    return run.stdout.count(words)


def _wait(what: str, is_true: Callable[[], bool], seconds: int, ui: Ui) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        if ui.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain for {what}:\n{ui.printed()}")
        time.sleep(0.3)


def _environment(home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    ports = {f"AISLE_{name}_PORT": "0" for name in PORTS}
    return inherited | ports | {"AISLE_HOME": str(home), "AISLE_SAMPLE_USERS": str(HOUSEHOLDS)}


if __name__ == "__main__":
    main()
