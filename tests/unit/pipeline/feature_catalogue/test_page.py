"""The page says all there is, takes nothing from outside as HTML, and needs no network."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser

import pytest

from aisle.pipeline.feature_catalogue.entries import (
    Catalogue,
    Champion,
    Distribution,
    Feature,
    Importance,
    Links,
    Measured,
    View,
    Worth,
)
from aisle.pipeline.feature_catalogue.page import render

NOW = datetime(2018, 1, 3, 12)
EVIL = """<script>alert("x")</script>' onload='y"""
ORDERS = Feature(
    name="orders_28d",
    view="user_activity",
    entity="user",
    type="Int64",
    meaning="Orders of the last 28 days.",
    services=("recommender_v1",),
    measured=Measured(0.25, Distribution("numbers", (3, 0, 1), ("0", "2", "9"), 3)),
)
VIEW = View(
    name="user_activity",
    description="What a user did.",
    entity="user",
    keys=("user_id",),
    owner="data-science",
    tags={"kind": "activity"},
    time_to_live=timedelta(days=8),
    is_online=True,
    is_pushed=False,
    services=("recommender_v1",),
    table="user_features",
    dbt_id="model.aisle.user_features",
    rows=1234,
    newest_at=NOW,
    features=(ORDERS,),
)
CATALOGUE = Catalogue(
    as_of=NOW,
    build_id="b1",
    views=(VIEW,),
    champion=None,
    selection=None,
    links=Links("../dbt_docs/index.html", "http://127.0.0.1:5000"),
)


def with_champion(*read: tuple[str, Worth]) -> Catalogue:
    worth = {("user_activity", name): found for name, found in read}
    return replace(CATALOGUE, champion=Champion("3", "blend", Importance("loss of NDCG", worth)))


def with_feature(**changed: object) -> Catalogue:
    view = replace(VIEW, features=(replace(ORDERS, **changed),))  # type: ignore[arg-type]
    return replace(CATALOGUE, views=(view,))


def text_of(page: str) -> str:
    body = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_everything_known_of_a_feature_is_said() -> None:
    text = text_of(render(CATALOGUE))
    for said in (
        "orders_28d",
        "Orders of the last 28 days.",
        "whole number · user_activity · user · as of now",
        "0 2 9",
        "25%",
        "recommender_v1",
        "holds 8 days",
        "1,234 rows hold",
        "kind: activity",
        "data-science",
        "as of 2018-01-03 12:00 UTC · build b1 · no champion",
    ):
        assert said in text, said


def test_the_page_asks_nothing_of_the_network() -> None:
    page = render(CATALOGUE)
    assert not re.search(r"""(?:src|<link[^>]*href)=["'](?!data:)""", page)
    assert "@import" not in page
    assert "url(" not in page


class Tags(HTMLParser):
    """Collects tags and attributes as a browser would find them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_nothing_from_outside_becomes_html() -> None:
    feature = replace(
        ORDERS,
        name=EVIL,
        meaning=EVIL,
        type=EVIL,
        services=(EVIL,),
        measured=Measured(0.5, Distribution("categories", (9, 6), (EVIL, EVIL), 2)),
    )
    view = replace(
        VIEW,
        name=EVIL,
        description=EVIL,
        entity=EVIL,
        owner=EVIL,
        tags={EVIL: EVIL},
        services=(EVIL,),
        table=EVIL,
        dbt_id=EVIL,
        features=(feature,),
    )
    champion = Champion(EVIL, EVIL, Importance(EVIL, {(EVIL, EVIL): Worth(0.1, 0.01)}))
    hostile = replace(CATALOGUE, build_id=EVIL, views=(view,), champion=champion)

    tags = Tags(render(hostile)).found

    harmless = Tags(render(with_champion(("orders_28d", Worth(0.1, 0.01))))).found
    assert [tag for tag, _ in tags].count("script") == 1
    assert {name for _, found in tags for name in found} <= {
        *(name for _, found in harmless for name in found),
        "title",
    }


@pytest.mark.parametrize(
    ("catalogue", "said"),
    [
        (CATALOGUE, "importance no champion"),
        (with_champion(("orders_28d", Worth(0.0123, 0.001))), "+0.0123 ± 0.0010"),
        (with_champion(("other", Worth(0.1, 0.01))), "not read by the champion"),
        (replace(CATALOGUE, champion=Champion("3", "blend", None)), "not measured yet"),
    ],
)
def test_importance_in_the_champion_is_shown_or_why_there_is_none(
    catalogue: Catalogue, said: str
) -> None:
    assert said in text_of(render(catalogue))


def test_what_the_champion_does_not_read_has_the_importance_of_the_selection() -> None:
    selection = Importance("loss of a probe", {("user_activity", "orders_28d"): Worth(0.02, 0.002)})
    text = text_of(render(replace(with_champion(("other", Worth(0.1, 0.01))), selection=selection)))
    assert "+0.0200 ± 0.0020 not read by the champion" in text
    assert "Importance of what it does not read: loss of a probe." in text


@pytest.mark.parametrize(
    ("newest_at", "said", "state"),
    [
        (NOW, "as of now", "fresh"),
        (NOW - timedelta(days=3, hours=2), "3 days old", "fresh"),
        (NOW - timedelta(days=9), "9 days old", "stale"),
        (None, "no rows yet", "empty"),
    ],
)
def test_a_view_that_outlived_its_time_to_live_stands_out(
    newest_at: datetime | None, said: str, state: str
) -> None:
    page = render(replace(CATALOGUE, views=(replace(VIEW, newest_at=newest_at),)))
    assert re.search(rf'<span class="{state}"[^>]*>{said}</span>', page)


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (None, "no values"),
        (Measured(1.0, None), "100%"),
        (Measured(0.0, Distribution("categories", (5, 5), (), 900)), "900 different"),
        (Measured(0.0, Distribution("categories", (9, 5), ("DAIRY", "MEAT"), 2)), "and 1 more"),
        (Measured(0.0, Distribution("lengths", (4,), ("1", "2", "3"), 3)), "length 1 2 3"),
        (Measured(0.00001, None), "<0.1%"),
        (Measured(0.99999, None), ">99.9%"),
    ],
)
def test_values_of_every_kind_are_shown(measured: Measured | None, said: str) -> None:
    page = render(with_feature(measured=measured))
    assert said in text_of(page)


def test_tables_are_linked_to_dbt_only_where_its_pages_are() -> None:
    address = "../dbt_docs/index.html#!/model/model.aisle.user_features"
    assert f'href="{address}"' in render(CATALOGUE)
    without = replace(CATALOGUE, links=Links(None, "http://127.0.0.1:5000"))
    assert "dbt_docs" not in render(without)
    assert "user_features" in text_of(render(without))
