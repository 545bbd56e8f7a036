"""`aisle ui`: keeps all pages of a workspace up until it is told to end."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aisle.core.disk import require_room
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.write_keys import shown_key
from aisle.runner.airflow_database import prepare_database
from aisle.runner.airflow_process import UI, airflow_api, has_read
from aisle.runner.airflow_settings import USER, kept_airflow_environment, workspace_secrets
from aisle.runner.chain import CHAIN
from aisle.runner.guard import dismiss, start_guard
from aisle.runner.keeper import Keeper
from aisle.runner.lock import AIRFLOW_LOCK, held
from aisle.runner.pages import Link, serving_pages
from aisle.runner.ports import chosen_ports
from aisle.runner.processes import MARK, end_all
from aisle.runner.progress import Progress
from aisle.runner.rest import AirflowApi
from aisle.runner.run import WAREHOUSE_POOL
from aisle.runner.ui_services import (
    AIRFLOW,
    DOCS,
    Logins,
    Page,
    pages,
    services,
    sites,
    wanted_ports,
)
from aisle.runner.ui_state import state_file, write_state

START_TIMEOUT_SECONDS = 300
STOP_TIMEOUT_SECONDS = 30
LOOK_EVERY_SECONDS = 1.0
KNOCK_EVERY_SECONDS = 10.0
UNANSWERED_VISITS = 3  # then people are told


@dataclass(frozen=True)
class RunningUi:
    """Everything that was started: the processes and the pages that they make."""

    keeper: Keeper
    pages: list[Page]
    api: AirflowApi


@contextmanager
def running_ui(settings: Settings, progress: Progress) -> Iterator[RunningUi]:
    """Yield all pages once each really answers; afterwards nothing of it is left running."""
    with ExitStack() as stack:
        require_room(settings.root)
        stack.enter_context(held(settings.root / AIRFLOW_LOCK, UI))
        end_all(str(settings.root))  # what a killed run or ui of this workspace may have left
        state_file(settings).unlink(missing_ok=True)
        ports = chosen_ports(wanted_ports(settings))
        stack.callback(state_file(settings).unlink, missing_ok=True)
        write_state(settings, ports[AIRFLOW])
        ui = stack.enter_context(_started(settings, ports, progress))
        stack.enter_context(serving_pages(ports[DOCS], sites(settings), lambda: _links(ui)))
        _wait_until_all_answer(ui, progress)
        ui.api.create_pool(WAREHOUSE_POOL, slots=1)
        yield ui


def watch(ui: RunningUi, tell: Callable[[str], None]) -> None:
    """Keep everything up for ever; tell what ends, what stops answering and what answers again."""
    visits = Visits({page.title for page in ui.pages if page.can_answer()})
    knock_at = time.monotonic() + KNOCK_EVERY_SECONDS
    while True:
        for line in ui.keeper.look():
            tell(line)
        if time.monotonic() >= knock_at:
            for line in visits.knock(ui.pages):
                tell(line)
            knock_at = time.monotonic() + KNOCK_EVERY_SECONDS
        time.sleep(LOOK_EVERY_SECONDS)


class Visits:
    """Which pages answered at the last visits: a busy machine may leave one visit unanswered."""

    def __init__(self, answering: set[str]) -> None:
        self._answering = answering
        self._unanswered: dict[str, int] = {}

    def knock(self, pages: Sequence[Page]) -> list[str]:
        """Visit all pages; return which answer now, and which have not for several visits."""
        return [line for page in pages if page.can_answer() for line in self._visit(page)]

    def _visit(self, page: Page) -> Iterator[str]:
        was_answering = page.title in self._answering
        if page.is_answering():
            self._unanswered[page.title] = 0
            self._answering.add(page.title)
            if not was_answering:
                yield f"{page.title} answers on {page.address}"
            return
        self._unanswered[page.title] = self._unanswered.get(page.title, 0) + 1
        if was_answering and self._unanswered[page.title] >= UNANSWERED_VISITS:
            self._answering.remove(page.title)
            yield f"{page.title} does not answer on {page.address}"


@contextmanager
def _started(settings: Settings, ports: dict[str, int], progress: Progress) -> Iterator[RunningUi]:
    logs = settings.airflow / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    environment = kept_airflow_environment(settings, ports[AIRFLOW])
    guard = start_guard([], environment, logs / "guard.log")
    api = airflow_api(settings, ports[AIRFLOW])
    login = f"{USER} / {workspace_secrets(settings.airflow).password}"
    logins = Logins(login, f"write key {shown_key(settings)}")
    mark = {MARK: environment[MARK]}
    keeper = Keeper(services(settings, ports, environment, mark))
    try:
        with progress.step("Airflow's database is ready"):
            prepare_database(settings.airflow, environment)
        yield RunningUi(keeper, pages(settings, ports, api.is_healthy, logins), api)
    finally:
        keeper.stop()
        dismiss(guard, STOP_TIMEOUT_SECONDS)
        end_all(str(settings.root))
        api.close()


def _links(ui: RunningUi) -> list[Link]:
    return [Link(page.title, page.address, page.says()) for page in ui.pages]


def _wait_until_all_answer(ui: RunningUi, progress: Progress) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    for page in sorted(ui.pages, key=lambda page: page.title == "Airflow"):  # the slowest last
        if page.can_answer():
            with progress.step(f"{page.title} answers"):
                _wait(ui, page, page.is_answering, deadline)
    airflow = next(page for page in ui.pages if page.title == "Airflow")
    with progress.step("Airflow has read the DAGs"):
        ui.api.log_in()
        _wait(ui, airflow, lambda: has_read(ui.api, CHAIN), deadline)


def _wait(ui: RunningUi, page: Page, is_true: Callable[[], bool], deadline: float) -> None:
    while True:
        told = ui.keeper.look()
        down = [name for name in page.kept_by if ui.keeper.is_down(name)]
        if down:
            raise AisleError("\n".join([f"{page.title} does not start.", *told]))
        if is_true():
            return
        if time.monotonic() > deadline:
            raise AisleError(
                f"{page.title} does not answer on {page.address} after "
                f"{START_TIMEOUT_SECONDS} s. Look at the logs of {', '.join(page.kept_by)}."
            )
        time.sleep(0.5)


def log_folder(settings: Settings) -> Path:
    """Return where everything that runs under `aisle ui` writes its log."""
    return settings.airflow / "logs"
