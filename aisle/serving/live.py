"""What answers right now: the loaded champion and the shop, renewed while requests go on."""

import logging
import threading
from zoneinfo import ZoneInfo

from aisle.core.clock import as_of
from aisle.core.errors import AisleError
from aisle.core.feature_store import open_online_store
from aisle.core.live_sessions import LiveSessions
from aisle.core.online_features import OnlineViews
from aisle.core.settings import Settings
from aisle.serving.features import FeatureReader
from aisle.serving.item_features import ItemFeatures, read_item_features
from aisle.serving.metrics import Metrics
from aisle.serving.neighbours import ItemVectors, read_item_vectors
from aisle.serving.registry import Champion, champion_version, load_champion
from aisle.serving.shop import Shop, newest_shop

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0
UNKNOWN_SHOP = (
    "nothing is published that says who refused personal recommendations, so everyone gets "
    "what is popular: run `make run`, or by hand `aisle publish`"
)


class Live:
    """Holds champion, shop and reader of features; requests read them whole, one thread renews."""

    def __init__(self, settings: Settings, poll_seconds: float = POLL_SECONDS) -> None:
        self.champion: Champion | None = None
        self.shop = Shop()
        self.features: FeatureReader | None = None
        self.sessions: LiveSessions | None = None
        self.items = ItemFeatures()
        self.vectors: dict[str, ItemVectors] = {}  # by view
        self.metrics = Metrics()
        self.trouble: str | None = None  # what went wrong at the last look
        self.settings = settings
        self._logged: set[str] = set()  # the troubles that the log tells of already
        self._features_of: tuple[int, str] = (0, "")  # when the registry was written; the build
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
        """Load the champion, the shop and the views of features where they changed.

        Whatever goes wrong (a registry that is down, a damaged model) is kept as `trouble` and
        logged once, and what was loaded before goes on answering.
        """
        troubles = [self._renew_champion(), self._renew_shop(), self._renew_features()]
        self.trouble = "; ".join(filter(None, troubles)) or None
        if self.trouble is None:
            self._logged.clear()

    def _renew_champion(self) -> str | None:
        """Follow the registry's champion; return what stood in the way."""
        what = "the registry cannot be read"
        try:
            version = champion_version(self.settings)
            if version != self._loaded:
                what = f"champion version {version} cannot be loaded"
                champion = load_champion(self.settings, version) if version else None
                log.info("Champion is now version %s (before: %s)", version, self._loaded)
                self.champion = champion
        except Exception as error:  # anything at all: the thread has to go on
            return self._told(what, error)
        return None

    def _renew_shop(self) -> str | None:
        """Follow the published marts; return what stood in the way."""
        try:
            self.shop = newest_shop(self.settings, self.shop)
        except Exception as error:  # as above
            return self._told("the published marts cannot be read", error)
        return UNKNOWN_SHOP if self.champion and not self.shop.build else None

    def _renew_features(self) -> str | None:
        """Follow Feast's registry; return what stood in the way."""
        registry = self.settings.feast / "registry.db"
        try:
            written_at = registry.stat().st_mtime_ns if registry.exists() else 0
            if written_at and (written_at, self.shop.build) != self._features_of:
                self._open_features()
                self._features_of = (written_at, self.shop.build)
        except Exception as error:  # as above
            return self._told("the registry of features cannot be read", error)
        return None

    def _open_features(self) -> None:
        store = open_online_store(self.settings)
        views = OnlineViews(store)
        if self.shop.as_of is not None:
            folder = self.settings.published / self.shop.build
            now = as_of(self.settings.now, self.shop.as_of)
            self.items = read_item_features(store, folder, now)
            self.vectors = read_item_vectors(store, now)
        self.features = FeatureReader(views, self.metrics)
        zone = ZoneInfo(self.settings.time_zone)
        self.sessions = LiveSessions(views, self.items.category_of, zone)

    def _told(self, what: str, error: Exception) -> str:
        """Log a trouble once, whole; return it without what only the log may tell."""
        trouble = f"{what} ({type(error).__name__})"
        if trouble not in self._logged:
            self._logged.add(trouble)
            is_known = isinstance(error, AisleError)
            log.error("Trouble: %s: %s", trouble, error, exc_info=not is_known)
        return trouble

    @property
    def _loaded(self) -> str | None:
        return self.champion.version if self.champion else None

    def _poll(self) -> None:
        while not self._is_stopping.wait(self._poll_seconds):
            self.renew()
