"""What must not be kept does not reach the lines that land, nor those of the quarantine."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from aisle.collector.judging import Judge
from aisle.collector.privacy import Privacy, configured_privacy
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from tests.unit.collector.conftest import Collect, viewed

SECRET = "a-secret-of-this-shop"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::"),
        ("::1", "::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("not an address", None),
        (7, None),
    ],
)
def test_an_address_is_truncated(address: Any, kept: str | None):
    assert Privacy().kept_address(address) == kept


@pytest.mark.parametrize("field", ['"ip"', '"\\u0069p"', '"i\\u0070"'])
def test_an_address_is_found_however_its_key_is_spelled(judge: Judge, field: str):
    from aisle.collector.batches import judge_batch, parse_batch
    from aisle.collector.receipts import Receipt
    from tests.unit.collector.conftest import RECEIVED_AT

    event = json.dumps(viewed(context={"IP": "203.0.113.77"})).replace('"IP"', field)
    body = b'{"batch":[' + event.encode() + b"]}"
    [landed] = judge_batch(parse_batch(body), judge, Receipt("web", RECEIVED_AT)).landed
    assert json.loads(bytes(landed.context or b"")) == {"ip": "203.0.113.0"}


@pytest.mark.parametrize(
    ("way", "context"),
    [
        ("truncate", {"ip": "203.0.113.0"}),
        ("drop", {}),
        ("keep", {"ip": "203.0.113.77"}),
    ],
)
def test_an_address_is_kept_as_asked_also_in_the_quarantine(
    judge: Judge, collect: Collect, way: Any, context: dict[str, Any]
):
    by = Judge(judge.plan, Privacy(way))
    sent = {"ip": "203.0.113.77"}
    verdicts = collect(viewed(context=sent), viewed(context=sent, properties={}), by=by)
    assert json.loads(bytes(verdicts.landed[0].context or b"")) == context
    assert json.loads(verdicts.refused[0].original)["context"] == context


def test_the_senders_address_is_used_when_the_client_sent_none(collect: Collect):
    events = [
        viewed(),
        viewed(context={}),
        viewed(context={"a": 1}),
        viewed(context={"ip": "9.9.9.9"}),
    ]
    landed = collect(*events, address="203.0.113.0").landed
    assert [json.loads(bytes(one.context or b""))["ip"] for one in landed] == [
        "203.0.113.0",
        "203.0.113.0",
        "203.0.113.0",
        "9.9.9.0",
    ]


@pytest.mark.parametrize("changes", [{}, {"properties": {"email": "a@b.example", "phone": "1"}}])
def test_fields_are_dropped_or_hashed_before_they_are_kept(
    judge: Judge, collect: Collect, changes: dict[str, Any]
):
    privacy = Privacy(
        dropped=(("properties", "email"), ("properties", "products", "note")),
        hashed=(("properties", "phone"), ("userId",)),
        hash_key=SECRET.encode(),
    )
    properties = {"product_id": "p", "email": "a@b.example", "phone": "1"}
    properties["products"] = [{"product_id": "p", "note": "for my aunt"}]  # type: ignore[assignment]
    verdicts = collect(
        viewed(properties=properties), viewed(**changes), by=Judge(judge.plan, privacy)
    )
    kept = str(verdicts)
    assert "a@b.example" not in kept and "aunt" not in kept
    hashed = hmac.new(SECRET.encode(), b"u-1", hashlib.sha256).hexdigest()
    assert verdicts.landed[0].user_id == hashed
    phone = hmac.new(SECRET.encode(), b"1", hashlib.sha256).hexdigest()
    assert json.loads(bytes(verdicts.landed[0].properties or b""))["phone"] == phone


def test_consent_is_kept(collect: Collect):
    consent = {"consent": {"categoryPreferences": {"Advertising": False}}}
    [landed] = collect(viewed(context=consent)).landed
    assert json.loads(bytes(landed.context or b"")) == consent


def test_hashes_without_a_secret_stop_the_start(settings: Settings):
    with pytest.raises(AisleError, match="AISLE_HASH_KEY"):
        configured_privacy(Settings(collector_hash_fields="properties.email"))
    with pytest.raises(AisleError, match="no path"):
        configured_privacy(Settings(collector_drop_fields="properties..email"))
