"""The tracking plan: a shop's own is merged over Aisle's, and a mistake in it is said."""

from pathlib import Path

import pytest

from aisle.collector.plan import OURS, load_plan, read_plan
from aisle.core.errors import AisleError
from aisle.core.settings import Settings


def _own(settings: Settings, text: str) -> Path:
    path = settings.tracking_plan
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_aisles_plan_can_be_read():
    assert {"Order Completed", "Product Viewed", "Item Dismissed"} <= set(read_plan(OURS))


def test_a_shops_plan_is_merged_over_it(settings: Settings):
    _own(settings, 'events: {Product Viewed: {}, Booked: {required: ["trip.legs[].from"]}}')
    plan = load_plan(settings)
    assert plan.missing("Product Viewed", {}) is None
    assert plan.missing("Product Clicked", {}) == "no product_id"
    assert plan.missing("Booked", {}) == "no trip"
    assert plan.missing("Booked", {"trip": {}}) == "no list trip.legs"
    assert plan.missing("Booked", {"trip": {"legs": [{}]}}) == "no from in trip.legs[0]"
    assert plan.missing("Booked", {"trip": {"legs": [{"from": "A"}]}}) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("events: [", "is no YAML"),
        ("Product Viewed: {}", "needs the one key `events`"),
        ("events: [a]", "maps names of events"),
        ("events: {1: {}}", "put it in quotes"),
        ("events: {A: [b]}", r"needs `\{required"),
        ("events: {A: {requires: [b]}}", r"needs `\{required"),
        ("events: {A: {required: b}}", "is a list of fields"),
        ('events: {A: {required: ["a..b"]}}', "is no path"),
        ('events: {A: {required: ["a[].b[c]"]}}', "is no path"),
    ],
)
def test_a_mistake_is_said_with_its_place(settings: Settings, text: str, said: str):
    path = _own(settings, text)
    with pytest.raises(AisleError, match=said) as error:
        load_plan(settings)
    assert str(path) in str(error.value)
