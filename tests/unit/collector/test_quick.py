"""The quick way says what the careful way says, or nothing."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aisle.collector.batches import Parsed, Verdicts, judge_batch, open_envelope, parse_batch
from aisle.collector.judging import Judge
from aisle.collector.receipts import Receipt
from aisle.collector.records import encoder
from tests.unit.collector.conftest import RECEIVED_AT, viewed

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=5,
)
objects = st.dictionaries(
    st.sampled_from(["ip", "product_id", "products", "a"]) | texts, values, max_size=3
)
ids = st.none() | texts | st.integers() | st.booleans()
events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["track", "page", "identify", "alias", "group", "", "x"]),
        "event": st.sampled_from(["Product Viewed", "Order Completed", "Other", "", None]),
        "messageId": ids,
        "userId": ids,
        "anonymousId": ids,
        "previousId": ids,
        "groupId": ids,
        "name": ids,
        "timestamp": st.datetimes().map(lambda moment: moment.isoformat() + "Z") | values,
        "properties": objects | values,
        "context": objects | values,
        "traits": objects | values,
        "integrations": values,
        "channel": values,
        "foo": values,
    },
)
plain = st.builds(
    lambda properties, context, user: viewed(
        properties={**properties, "product_id": 1}, context=context, userId=user
    ),
    objects,
    objects,
    texts.filter(bool),
)
batches = st.lists(events | plain, max_size=4)


def _lines(verdicts: Verdicts) -> list[Any]:
    return [json.loads(encoder.encode(one)) for one in (*verdicts.landed, *verdicts.refused)]


@given(
    batch=batches,
    sent_at=st.sampled_from([None, "2026-03-01T12:00:01Z", "2020-01-01T00:00:00Z"]),
    is_ascii=st.booleans(),
)
@settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_ways_give_the_same_lines(
    judge: Judge, batch: list[Any], sent_at: str | None, is_ascii: bool
):
    content = {"batch": batch, "sentAt": sent_at}
    body = json.dumps(content, ensure_ascii=is_ascii, separators=(",", ":")).encode()
    receipt = Receipt("web", RECEIVED_AT, address="203.0.113.0")
    quick = judge_batch(parse_batch(body), judge, receipt)
    careful = judge_batch(Parsed(body, None, envelope=open_envelope(body)), judge, receipt)
    assert _lines(quick) == _lines(careful)
    assert len(quick.landed) + len(quick.refused) == len(batch)


digits = st.text("0123456789", min_size=1, max_size=330)
numbers = st.builds(
    lambda minus, whole, part, exponent: f"{minus}{whole}{part}{exponent}",
    st.sampled_from(["", "-"]),
    st.sampled_from(["0", "1", "9" * 308, "1" + "0" * 309, "9" * 5000, "17976931348623157" * 20])
    | digits.map(lambda text: text.lstrip("0") or "0"),
    st.just("") | digits.map(lambda text: f".{text}"),
    st.sampled_from(["", "e5", "E+308", "e308", "e309", "e-999", "e999", "e20"]),
)


@given(number=numbers, place=st.sampled_from(["properties", "context", "traits", "integrations"]))
@example(number="1e999", place="properties")
@example(number="-1E+999", place="context")
@example(number="1" * 300 + "e20", place="channel")
@settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("name", ["Product Viewed", "Other"])
def test_both_ways_agree_on_strange_numbers(judge: Judge, name: str, number: str, place: str):
    event = viewed(event=name)
    event[place] = {"product_id": "p", "n": ["NUMBER"]}
    text = json.dumps(event, separators=(",", ":")).replace('"NUMBER"', number)
    body = b'{"batch":[%s,%s]}' % (text.encode(), json.dumps(viewed(messageId="m-2")).encode())
    receipt = Receipt("web", RECEIVED_AT, address="203.0.113.0")
    quick = judge_batch(parse_batch(body), judge, receipt)
    careful = judge_batch(Parsed(body, None, envelope=open_envelope(body)), judge, receipt)
    assert [one.message_id for one in quick.landed] == [one.message_id for one in careful.landed]
    assert encoder.encode(quick.refused) == encoder.encode(careful.refused)
    kept = [encoder.encode_lines(one.landed) for one in (quick, careful)]
    assert _parsed(kept[0]) == _parsed(kept[1])


def _parsed(lines: bytes) -> list[Any]:
    """Return lines with numbers as what a float makes of them."""
    return [json.loads(line, parse_int=float) for line in lines.splitlines()]


def test_a_plain_batch_is_read_quickly(judge: Judge):
    body = json.dumps({"batch": [viewed(), viewed(messageId="m-2")], "writeKey": "k"}).encode()
    parsed = parse_batch(body)
    assert parsed.quick is not None
    assert parsed.write_key == "k"
    assert len(judge_batch(parsed, judge, Receipt("web", RECEIVED_AT)).landed) == 2


@pytest.mark.parametrize(
    ("text", "lands"),
    [(r"\ud83d\ude00", True), (r"\\u0000", True), (r"\ud83d", False), (r"\u0000", False)],
)
def test_escapes_are_told_apart(judge: Judge, text: str, lands: bool):
    event = json.dumps(viewed(properties={"product_id": "p", "name": "NAME"}))
    body = b'{"batch":[%s,%s]}' % (
        event.replace("NAME", text).encode(),
        json.dumps(viewed(messageId="m-2")).encode(),
    )
    verdicts = judge_batch(parse_batch(body), judge, Receipt("web", RECEIVED_AT))
    assert len(verdicts.landed) == 1 + lands


def test_a_context_that_cannot_be_read_lets_no_event_take_the_one_before(judge: Judge):
    bad = {"context": ["no object"]}
    events = [viewed(), viewed(messageId="m-2", **bad), viewed(messageId="m-3", **bad)]
    body = json.dumps({"batch": events}).encode()
    verdicts = judge_batch(parse_batch(body), judge, Receipt("web", RECEIVED_AT))
    assert [one.message_id for one in verdicts.landed] == ["m-1"]
    assert len(verdicts.refused) == 2
