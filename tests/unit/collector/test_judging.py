"""What lands, and what is refused for which reason."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aisle.collector.judging import Judge
from aisle.collector.receipts import Receipt
from aisle.collector.records import MAX_EVENT_BYTES, Landed, Quarantined, counted_as
from tests.unit.collector.conftest import RECEIVED_AT, Collect, viewed

PRODUCTS = [{"product_id": "p-1"}, {"sku": "s-2"}]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": ...}, "no type"),
        ({"type": "buy"}, "unknown type: buy"),
        ({"event": ...}, "no event name"),
        ({"event": ""}, "no event name"),
        ({"userId": None}, "neither userId nor anonymousId"),
        ({"userId": {"id": 1}}, 'userId is neither text nor a number: {"id": 1}'),
        ({"userId": True}, "userId is neither text nor a number: true"),
        ({"userId": "u" * 2000}, f"userId is longer than 1024 characters: {'u' * 60}…"),
        ({"properties": [1]}, "properties is not an object: [1]"),
        ({"context": "c"}, "context is not an object: c"),
        ({"properties": ...}, "no product_id: Product Viewed"),
        ({"properties": {"product_id": ""}}, "no product_id: Product Viewed"),
        ({"properties": {"product_id": None}}, "no product_id: Product Viewed"),
        ({"timestamp": "yesterday"}, "timestamp cannot be read: yesterday"),
        (
            {"timestamp": "2026-03-01T13:00:01Z"},
            "timestamp lies more than an hour after receipt: 2026-03-01T13:00:01+00:00",
        ),
        ({"event": "a\u0000b"}, "holds the character NUL"),
        ({"properties": {"product_id": float("nan")}}, "not JSON"),
        ({"properties": {"product_id": "p", "x": "\ud800"}}, "not JSON"),
        ({"type": "alias"}, "no previousId"),
        ({"type": "group"}, "no groupId"),
        (
            {"event": "Order Completed", "properties": {"order_id": 1, "products": PRODUCTS}},
            "no product_id in products[1]: Order Completed",
        ),
        (
            {"event": "Order Completed", "properties": {"order_id": 1, "products": []}},
            "no products: Order Completed",
        ),
        (
            {"event": "Order Completed", "properties": {"order_id": 1, "products": "p-1"}},
            "products is not a list: Order Completed",
        ),
        ({"event": "Item Dismissed", "properties": {}}, "no product_id: Item Dismissed"),
    ],
)
def test_a_bad_event_is_kept_apart_with_its_reason_and_the_others_land(
    collect: Collect, changes: dict[str, Any], reason: str
):
    verdicts = collect(viewed(), viewed(**changes), viewed(messageId="m-2"))
    assert [landed.message_id for landed in verdicts.landed] == ["m-1", "m-2"]
    [refused] = verdicts.refused
    assert refused.reason == reason or counted_as(refused.reason) == reason
    assert (refused.kind, refused.source) == ("events", "web")


def test_the_original_is_kept_byte_by_byte(judge: Judge):
    original = b'{ "type":"track",  "event":"caf\\u00e9", "properties": {"a": 1.50} }'
    refused = judge.judge(original, Receipt("web", RECEIVED_AT))
    assert isinstance(refused, Quarantined)
    assert refused.original.encode() == original
    assert refused.original_base64 is None


def test_an_original_that_is_no_utf_8_is_kept_as_text_and_as_it_was(judge: Judge):
    refused = judge.judge(b'{"type":"track","event":"caf\xe9"}', Receipt("web", RECEIVED_AT))
    assert isinstance(refused, Quarantined)
    assert refused.reason == "not UTF-8: byte 28"
    assert refused.original == '{"type":"track","event":"caf\ufffd"}'
    assert refused.original_base64 == "eyJ0eXBlIjoidHJhY2siLCJldmVudCI6ImNhZukifQ=="


def test_an_event_that_is_too_large_is_refused_alone(collect: Collect):
    large = viewed(properties={"product_id": "p", "text": "x" * MAX_EVENT_BYTES})
    verdicts = collect(viewed(), large)
    assert len(verdicts.landed) == 1
    assert counted_as(verdicts.refused[0].reason) == "larger than 262144 bytes"


def test_every_field_that_has_no_column_is_kept(collect: Collect):
    event = viewed(integrations={"All": True}, channel="web", category="c", custom=[1], foo=None)
    [landed] = collect(event).landed
    assert json.loads(bytes(landed.extra or b"")) == {
        "integrations": {"All": True},
        "channel": "web",
        "category": "c",
        "custom": [1],
        "foo": None,
    }


def test_what_a_batch_says_of_all_its_events_is_kept(collect: Collect):
    [landed] = collect(viewed(context={"a": 1}), context={"a": 2, "b": 3}).landed
    assert json.loads(bytes(landed.context or b"")) == {"a": 1, "b": 3}


def test_an_id_may_be_a_number(collect: Collect):
    [landed] = collect(viewed(userId=686, anonymousId=1.5)).landed
    assert (landed.user_id, landed.anonymous_id) == ("686", "1.5")


def test_a_message_without_id_is_the_same_message_when_it_is_sent_again(collect: Collect):
    first = collect(viewed(messageId=...), sentAt="2026-03-01T12:00:00Z").landed[0]
    again = collect(viewed(messageId=None, sentAt="2026-03-01T12:00:30Z")).landed[0]
    other = collect(viewed(messageId="", userId="u-2")).landed[0]
    assert first.message_id.startswith("content-")
    assert first.message_id == again.message_id != other.message_id


@pytest.mark.parametrize(
    ("changes", "moment"),
    [
        ({}, datetime(2026, 3, 1, 11, 59, tzinfo=UTC)),
        ({"timestamp": "2026-03-01T13:59:00+02:00"}, datetime(2026, 3, 1, 11, 59, tzinfo=UTC)),
        ({"timestamp": "2026-03-01T11:59:00"}, datetime(2026, 3, 1, 11, 59, tzinfo=UTC)),
        ({"timestamp": 1772366340}, datetime(2026, 3, 1, 11, 59, tzinfo=UTC)),
        ({"timestamp": 1772366340000}, datetime(2026, 3, 1, 11, 59, tzinfo=UTC)),
        ({"timestamp": ...}, RECEIVED_AT),
        (
            {"timestamp": ..., "sentAt": "2026-03-01T11:59:59Z"},
            datetime(2026, 3, 1, 11, 59, 59, tzinfo=UTC),
        ),
    ],
)
def test_a_time_may_be_spelled_in_many_ways(
    collect: Collect, changes: dict[str, Any], moment: datetime
):
    assert collect(viewed(**changes)).landed[0].timestamp == moment


@pytest.mark.parametrize("extra", [{}, {"unknown": 1}])  # read quickly, and with care
def test_a_clock_that_is_wrong_is_corrected_by_when_we_received(
    collect: Collect, extra: dict[str, Any]
):
    event = viewed(timestamp="2031-01-01T00:00:00Z", **extra)
    [landed] = collect(event, sentAt="2031-01-01T00:00:10Z").landed
    assert landed.timestamp == datetime(2026, 3, 1, 11, 59, 50, tzinfo=UTC)
    assert landed.original_timestamp == "2031-01-01T00:00:00Z"
    assert landed.sent_at == "2031-01-01T00:00:10Z"


def test_a_clock_that_is_right_is_believed(collect: Collect):
    [landed] = collect(viewed(), sentAt="2026-03-01T12:00:59Z").landed
    assert landed.timestamp == datetime(2026, 3, 1, 11, 59, tzinfo=UTC)


def test_a_landed_record_is_one_line(collect: Collect, judge: Judge):
    body = json.dumps({"batch": [viewed(context={"page": {"title": "a\nb"}})]}, indent=2).encode()
    from aisle.collector.batches import judge_batch, parse_batch
    from aisle.collector.records import encoder

    [landed] = judge_batch(parse_batch(body), judge, Receipt("web", RECEIVED_AT)).landed
    assert isinstance(landed, Landed)
    assert encoder.encode(landed).count(b"\n") == 0
