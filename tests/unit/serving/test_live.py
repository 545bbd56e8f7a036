import pytest

from aisle.core.settings import Settings
from aisle.serving import live as live_module
from aisle.serving.live import UNKNOWN_SHOP, Live
from aisle.serving.registry import Champion
from aisle.serving.shop import Shop


class Registry:
    """Stands in for `aisle.serving.registry`: a champion that can move or be broken."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.loads: list[str] = []
        self.is_down = False

    def champion_version(self, _settings: Settings) -> str | None:
        if self.is_down:
            raise ConnectionError("registry is down")
        return self.version

    def load_champion(self, _settings: Settings, version: str) -> Champion:
        if version == "broken":
            raise OSError("no such artifact")
        self.loads.append(version)
        return Champion(version, model=None)  # type: ignore[arg-type]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    registry = Registry()
    monkeypatch.setattr(live_module, "champion_version", registry.champion_version)
    monkeypatch.setattr(live_module, "load_champion", registry.load_champion)
    return registry


def version_of(live: Live) -> str | None:
    return live.champion.version if live.champion else None


def test_a_champion_is_loaded_once_per_version(registry: Registry, settings: Settings) -> None:
    live = Live(settings)
    for version in (None, "1", "1", "2", "2"):
        registry.version = version
        live.renew()
        assert version_of(live) == version
    assert registry.loads == ["1", "2"]


@pytest.mark.parametrize("fault", ["down", "broken"])
def test_what_was_loaded_goes_on_answering_when_the_registry_fails(
    registry: Registry, settings: Settings, fault: str
) -> None:
    live = Live(settings)
    live.shop = Shop("b1")
    registry.version = "1"
    live.renew()
    registry.is_down = fault == "down"
    registry.version = "broken" if fault == "broken" else "2"
    live.renew()
    assert version_of(live) == "1"
    assert live.trouble in {
        "the registry cannot be read (ConnectionError)",
        "champion version broken cannot be loaded (OSError)",
    }

    registry.is_down, registry.version = False, "2"
    live.renew()
    assert (version_of(live), live.trouble) == ("2", None)


def test_a_champion_that_is_taken_back_answers_no_more(
    registry: Registry, settings: Settings
) -> None:
    live = Live(settings)
    registry.version = "1"
    live.renew()
    registry.version = None
    live.renew()
    assert live.champion is None


def test_a_trouble_is_logged_once_with_its_reason_until_it_is_over(
    registry: Registry, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    live = Live(settings)
    live.shop = Shop("b1")
    for version in ("broken", "broken", "1", "broken"):
        registry.version = version
        live.renew()
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == 2
    assert "no such artifact" in told[0]


def test_marts_that_cannot_be_read_do_not_keep_a_champion_away(
    registry: Registry, settings: Settings
) -> None:
    settings.current_marts.mkdir(parents=True)  # without a manifest
    registry.version = "1"
    live = Live(settings)
    live.renew()
    assert version_of(live) == "1"
    assert live.trouble == "the published marts cannot be read (AisleError)"


def test_a_champion_without_published_marts_answers_and_tells(
    registry: Registry, settings: Settings
) -> None:
    live = Live(settings)
    live.renew()
    assert live.trouble is None, "a workspace where nothing ran has no trouble, but no champion"
    registry.version = "1"
    live.renew()
    assert (version_of(live), live.trouble) == ("1", UNKNOWN_SHOP)
