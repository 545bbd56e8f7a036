"""What the warehouse tells about itself: how old its deliveries are, and its documentation."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aisle.core.builds import BuildPlan, write_plan
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.dbt_docs import last_build, make_dbt_docs
from aisle.pipeline.freshness import check_freshness
from tests.integration.correcting_shop import load_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop whose rows are loaded and not transformed yet."""
    settings = Settings(home=tmp_path_factory.mktemp("shop") / "home")
    load_shop(settings, seed=5)
    return settings


def newest_delivery(settings: Settings, ceiling: int) -> datetime:
    newest: datetime
    with reader_connection(settings) as connection:
        events = connection.table("raw.events").filter(f"_batch_id <= {ceiling}")
        ((newest,),) = events.aggregate("max(received_at)").fetchall()

    return newest


def test_deliveries_are_judged_at_the_build_s_now_and_ceiling(shop: Settings) -> None:
    newest = newest_delivery(shop, ceiling=1)
    write_plan(shop, BuildPlan("fresh", max_batch_id=1, as_of=newest + timedelta(days=1)))
    (delivery,) = check_freshness(shop, "fresh")
    assert (delivery.table, delivery.status) == ("events", "pass")
    assert delivery.received_at == newest
    assert delivery.age == timedelta(days=1)


def test_a_stale_delivery_is_refused_and_its_age_is_said(shop: Settings) -> None:
    newest = newest_delivery(shop, ceiling=3)
    write_plan(shop, BuildPlan("stale", max_batch_id=3, as_of=newest + timedelta(days=9)))
    with pytest.raises(AisleError, match=r"raw.events: error, .* 9\.0 days before now"):
        check_freshness(shop, "stale")


def test_the_docs_are_one_page_that_asks_nobody_else(shop: Settings) -> None:
    write_plan(shop, BuildPlan("docs", max_batch_id=3, as_of=datetime(2017, 4, 1)))
    page = make_dbt_docs(shop, "docs")
    text = page.read_text()
    assert page == shop.dbt_docs / "index.html"
    assert "One row per event and item, for every kind" in text
    outside = r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["']?(?:https?:)?//"""
    assert re.findall(outside, text) == []
    # The page would tell dbt's makers of each visit if this were true.
    assert re.findall(r'"send_anonymous_usage_stats": ?(\w+)', text) == ["false"]


def test_docs_without_a_build_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match="run `aisle transform`"):
        last_build(Settings(home=tmp_path))
