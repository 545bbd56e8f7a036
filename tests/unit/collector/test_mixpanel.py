"""Mixpanel's messages become the events that the other clients send."""

from typing import Any

import pytest

from aisle.collector.mixpanel import from_engage, from_groups, from_track
from aisle.collector.records import Refused


def _tracked(**properties: Any) -> dict[str, Any]:
    return from_track({"event": "Product Viewed", "properties": {"token": "k", **properties}})


def test_a_tracked_event_keeps_its_properties():
    event = _tracked(distinct_id="u", time=1772366340, **{"$insert_id": "i", "product_id": 5})
    assert (event["userId"], event["messageId"]) == ("u", "i")
    assert event["timestamp"] == "2026-03-01T11:59:00+00:00"
    assert event["properties"] == {"product_id": 5}


@pytest.mark.parametrize(
    ("properties", "user", "visitor"),
    [
        ({"distinct_id": "$device:d"}, None, "d"),
        ({"distinct_id": "d", "$device_id": "d"}, None, "d"),
        ({"distinct_id": "u", "$device_id": "d"}, "u", "d"),
        ({"distinct_id": "$device:d", "$user_id": "u"}, "u", "d"),
    ],
)
def test_a_device_is_a_visitor(properties: dict[str, Any], user: str | None, visitor: str):
    event = _tracked(**properties)
    assert (event["userId"], event["anonymousId"]) == (user, visitor)


def test_identities_are_linked():
    identify = {
        "event": "$identify",
        "properties": {"$identified_id": "u", "$anon_id": "$device:d"},
    }
    assert from_track(identify)["type"] == "identify"
    assert (from_track(identify)["userId"], from_track(identify)["anonymousId"]) == ("u", "d")
    alias = {"event": "$create_alias", "properties": {"distinct_id": "d", "alias": "u"}}
    assert (from_track(alias)["userId"], from_track(alias)["previousId"]) == ("u", "d")
    merge = {"event": "$merge", "properties": {"$distinct_ids": ["u", "$device:d"]}}
    assert (from_track(merge)["userId"], from_track(merge)["previousId"]) == ("u", "d")


def test_a_profile_is_what_identify_says():
    profile = {"$token": "k", "$distinct_id": "u", "$set": {"a": 1}, "$add": {"n": 1}}
    event = from_engage({**profile, "$set_once": {"a": 0, "b": 2}})
    assert (event["type"], event["userId"]) == ("identify", "u")
    assert event["traits"] == {"a": 1, "b": 2}
    assert event["mixpanel"] == {"$add": {"n": 1}}
    group = from_groups({"$group_key": "company", "$group_id": "g", "$set": {"a": 1}})
    assert (group["type"], group["groupId"], group["traits"]) == ("group", "g", {"a": 1})


def test_what_cannot_be_translated_is_refused():
    with pytest.raises(Refused, match="properties is not an object"):
        from_track({"event": "x", "properties": 5})
    with pytest.raises(Refused, match="two ids"):
        from_track({"event": "$merge", "properties": {"$distinct_ids": ["a"]}})
