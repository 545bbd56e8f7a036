"""A replayed event is the one that would have landed had the plan been right when it came."""

import json
from dataclasses import replace
from typing import Any

import pytest

from aisle.collector.batches import Verdicts, judge_batch, judge_one, parse_batch
from aisle.collector.judging import Judge
from aisle.collector.receipts import Receipt
from aisle.collector.records import Quarantined, encoder
from aisle.collector.replaying import judge_again
from aisle.core.settings import Settings
from tests.unit.collector.conftest import RECEIVED_AT, viewed

OWN_PLAN = "events: {Product Viewed: {}}"
RECEIPT = Receipt("web", RECEIVED_AT, address="198.51.100.0")
LATE = "2031-01-01T00:00:00Z"  # when the sender's clock said that it sent the batch
HEX = "ab" * 32  # looks like a hash and is none
BAD = viewed(properties={})  # what Aisle's own plan refuses


@pytest.fixture
def private(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("AISLE_COLLECTOR_HASH_FIELDS", "userId,context.traits.email")
    monkeypatch.setenv("AISLE_COLLECTOR_DROP_FIELDS", "context.traits.phone")
    monkeypatch.setenv("AISLE_HASH_KEY", "a secret of the shop, long enough")
    return Settings()


def in_batch(judge: Judge, event: Any, receipt: Receipt = RECEIPT, **around: Any) -> Verdicts:
    body = json.dumps({"batch": [event], **around}).encode()
    return judge_batch(parse_batch(body, judge.privacy.names), judge, receipt)


def as_record(refused: Quarantined) -> dict[str, Any]:
    return json.loads(encoder.encode(refused))  # type: ignore[no-any-return]


def replayed(settings: Settings, verdicts: Verdicts) -> Any:
    """Return what a replay makes of the one refused event."""
    [refused] = verdicts.refused
    record = as_record(refused)
    line = judge_again(settings)(
        record["original"].encode(), refused.source, refused.received_at,
        json.dumps(record["envelope"]),
    )  # fmt: skip
    return json.loads(line) if isinstance(line, bytes) else line


def landed(verdicts: Verdicts) -> Any:
    [one] = verdicts.landed
    return json.loads(encoder.encode(one))


SHARED = {
    "sentAt": LATE,
    "context": {"ip": "203.0.113.77", "traits": {"email": "ada@example.org", "phone": "1"}},
    "integrations": {"All": False},
    "writeKey": "key-of-the-pages",
}


@pytest.mark.parametrize("around", [{}, SHARED, {"sentAt": LATE}, {"sentAt": 1925000000}])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"userId": HEX},
        {"messageId": ...},
        {"userId": ..., "anonymousId": "a"},
        {"context": {"ip": "2001:db8:1:2::1", "traits": {"email": HEX}}, "writeKey": "secret-key"},
        {"sentAt": "2026-03-01T11:59:59Z", "n": 1.5},
    ],
)
def test_a_replay_of_a_batch_is_what_would_have_landed(
    private: Settings, around: dict[str, Any], change: dict[str, Any]
):
    event = {name: value for name, value in {**BAD, **change}.items() if value is not ...}
    refused = in_batch(Judge.configured(private), event, **around)
    private.root.mkdir(parents=True, exist_ok=True)
    (private.root / "tracking_plan.yaml").write_text(OWN_PLAN)
    assert replayed(private, refused) == landed(
        in_batch(Judge.configured(private), event, **around)
    )


def test_the_type_of_the_endpoint_and_whose_key_it_was_are_known(settings: Settings):
    receipt = replace(RECEIPT, type="track", by_public_key=False)
    body = json.dumps({**BAD, "type": "page"}).encode()
    refused = judge_one(body, Judge.configured(settings), receipt)
    settings.root.mkdir(parents=True, exist_ok=True)
    (settings.root / "tracking_plan.yaml").write_text(OWN_PLAN)
    again = replayed(settings, refused)
    assert again == landed(judge_one(body, Judge.configured(settings), receipt))
    assert (again["type"], again.get("by_public_key")) == ("track", None)


def test_what_no_privacy_could_read_is_hashed_when_it_is_replayed(private: Settings):
    text = json.dumps(viewed(userId=HEX))
    again = judge_again(private)
    unread = again(text.encode(), "web", RECEIVED_AT, '{"by_public_key":true}')
    assert isinstance(unread, bytes) and HEX not in unread.decode()
    hashed = again(text.encode(), "web", RECEIVED_AT, '{"by_public_key":true,"hashed":["userId"]}')
    assert isinstance(hashed, bytes) and json.loads(hashed)["user_id"] == HEX
    older = again(text.encode(), "web", RECEIVED_AT, None)
    assert isinstance(older, bytes) and json.loads(older)["user_id"] == HEX


def test_what_is_still_bad_says_why(settings: Settings):
    assert judge_again(settings)(b"{}", "web", RECEIVED_AT, None) == "no type"


@pytest.mark.parametrize("good", [viewed(), viewed(unknown=1)])  # read quickly, and with care
def test_nothing_private_is_in_what_a_batch_says_of_all_its_events(
    private: Settings, good: dict[str, Any]
):
    judge = Judge.configured(private)
    for event in (good, BAD):
        verdicts = in_batch(judge, event, **SHARED)
        kept = encoder.encode([*verdicts.landed, *verdicts.refused]).decode()
        assert "203.0.113.0" in kept
        for secret in ("203.0.113.77", "ada@example.org", "phone", "key-of-the-pages"):
            assert secret not in kept


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"a": "\ud800"}, "cannot be kept: UnicodeEncodeError"),
        ({"a": "\0"}, "holds the character NUL"),
        ({"a": "x" * 2**20}, "is too large for all its events"),
    ],
)
def test_a_context_that_cannot_be_kept_refuses_the_events_and_keeps_them(
    judge: Judge, context: Any, reason: str
):
    body = json.dumps({"batch": [viewed()] * 20, "context": context}).encode()
    refused = judge_batch(parse_batch(body), judge, RECEIPT).refused
    assert {one.reason for one in refused} == {f"context or integrations of the batch {reason}"}
    assert len(refused) == 20
    assert len(encoder.encode_lines(refused)) < 20_000
