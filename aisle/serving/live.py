"""What answers right now: the loaded champion and the titles, renewed while requests go on."""

import logging
import threading

from aisle.core.settings import Settings
from aisle.serving.registry import Champion, champion_version, load_champion
from aisle.serving.titles import Titles, newest_titles

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0


class Live:
    """Holds the champion and the titles. Requests read whole values; one thread renews them."""

    def __init__(self, settings: Settings, poll_seconds: float = POLL_SECONDS) -> None:
        self.champion: Champion | None = None
        self.titles = Titles()
        self.trouble: str | None = None  # what went wrong at the last look
        self._settings = settings
        self._poll_seconds = poll_seconds
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="champion-poll", daemon=True)

    def start(self) -> None:
        """Load what there is, then go on looking for something newer in a thread."""
        self.renew()
        self._thread.start()

    def stop(self) -> None:
        """Stop looking for something newer."""
        self._is_stopping.set()
        self._thread.join(timeout=self._poll_seconds)

    def renew(self) -> None:
        """Load the champion and the titles where they changed.

        Whatever goes wrong (a registry that is down, a model that does not load) is logged,
        and what was loaded before goes on answering.
        """
        try:
            self._renew_champion()
            self.titles = newest_titles(self._settings, self.titles)
            self.trouble = None
        except Exception as error:  # anything at all: the thread has to go on
            self.trouble = type(error).__name__
            log.exception("Could not look for a newer champion; trying again soon")

    def _renew_champion(self) -> None:
        version = champion_version(self._settings)
        loaded = self.champion.version if self.champion else None
        if version == loaded:
            return
        self.champion = load_champion(self._settings, version) if version else None
        log.info("Champion is now version %s (before: %s)", version, loaded)

    def _poll(self) -> None:
        while not self._is_stopping.wait(self._poll_seconds):
            self.renew()
