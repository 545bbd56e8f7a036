from typing import Any

import pytest

from aisle.core.errors import AisleError

HEADER = "user_id,item_id,timestamp"


def moments(shop: Any) -> list[str]:
    return [event["timestamp"] for event in shop.landed("events")]


SPELLED = {
    "2020-01-02": "2020-01-02T00:00:00Z",
    "2020/01/02 03:04": "2020-01-02T03:04:00Z",
    "2020-01-02T03:04:05": "2020-01-02T03:04:05Z",
    "2020-01-02T03:04:05.25Z": "2020-01-02T03:04:05.25Z",
    "2020-01-02T03:04:05z": "2020-01-02T03:04:05Z",
    '"2020-01-02 03:04:05,25"': "2020-01-02T03:04:05.25Z",
    "2020-01-02T03:04:05+02:00": "2020-01-02T01:04:05Z",
    "2020-01-02 03:04:05 -0700": "2020-01-02T10:04:05Z",
    "20200102T030405Z": "2020-01-02T03:04:05Z",
    "20200102": "2020-01-02T00:00:00Z",
    "20200102030405": "2020-01-02T03:04:05Z",
    "1577934245": "2020-01-02T03:04:05Z",
    "1577934245.5": "2020-01-02T03:04:05.5Z",
    "1577934245250": "2020-01-02T03:04:05.25Z",
    "1577934245250000": "2020-01-02T03:04:05.25Z",
    "1577934245250000000": "2020-01-02T03:04:05.25Z",
    "2 Jan 2020 03:04:05": "2020-01-02T03:04:05Z",
    '"January 2, 2020"': "2020-01-02T00:00:00Z",
    '"Thu, 02 Jan 2020 03:04:05 GMT"': "2020-01-02T03:04:05Z",
}
DAY_FIRST = {
    "31/12/2020": "2020-12-31T00:00:00Z",
    "31-12-2020 15:04": "2020-12-31T15:04:00Z",
    "31.12.2020 15:04:05": "2020-12-31T15:04:05Z",
}
MONTH_FIRST = {
    "12/31/2020 3:04 PM": "2020-12-31T15:04:00Z",
    "12/31/2020 15:04:05.5": "2020-12-31T15:04:05.5Z",
}
NO_TIME = ["0", "12", "epoch", "infinity", "2020-13-01", "2020-01", "20209999", "1/2/20", "now"]


@pytest.mark.parametrize("spellings", [SPELLED, DAY_FIRST, MONTH_FIRST])
def test_times_are_read_in_many_spellings(shop: Any, spellings: dict[str, str]) -> None:
    rows = "".join(f"u,{item},{spelled}\n" for item, spelled in enumerate(spellings))
    shop.imports(events=f"{HEADER}\n{rows}")
    found = {
        int(line["product_id"]): event["timestamp"]
        for event in shop.landed("events")
        for line in event["properties"]["products"]
    }
    assert [found.get(item) for item in range(len(spellings))] == list(spellings.values())


def test_what_is_no_time_is_not_made_one(shop: Any) -> None:
    rows = "".join(f"u,b,{spelled}\n" for spelled in NO_TIME)
    shop.imports(events=f"{HEADER}\nu,a,2020-01-02\n{rows}")
    refused = [reason for _, reason, _ in shop.refused()]
    assert refused == [f"timestamp cannot be read: {spelled}" for spelled in NO_TIME]


def test_one_date_tells_the_order_of_day_and_month_for_its_file(shop: Any) -> None:
    shop.imports(events=f"{HEADER}\nu,a,03/04/2020\nv,a,31/04/2020\nw,a,31/05/2020\n")
    assert moments(shop) == ["2020-04-03T00:00:00Z", "2020-05-31T00:00:00Z"]
    assert [reason for _, reason, _ in shop.refused()] == ["timestamp cannot be read: 31/04/2020"]


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (["03/04/2020", "05/06/2020"], "no date of it tells"),
        (["13/04/2020", "04/13/2020"], "dates of both orders"),
    ],
)
def test_a_doubtful_order_of_day_and_month_is_refused(
    shop: Any, dates: list[str], told: str
) -> None:
    content = f"{HEADER}\n" + "".join(f"u,a,{date}\n" for date in dates)
    with pytest.raises(AisleError, match=f"(?s){told}.*timestamp_format: day_first"):
        shop.imports(events=content)
    assert shop.left_over() == set()
    shop.imports({"events": {"timestamp_format": "day_first"}}, events=content)
    assert moments(shop)[0].startswith("2020-04-")


def test_each_file_tells_its_own_order(shop: Any) -> None:
    one = shop.file("one.csv", f"{HEADER}\nu,a,03/04/2020\nu,a,31/12/2019\n")
    two = shop.file("two.csv", f"{HEADER}\nv,a,03/04/2020\nv,a,12/31/2019\n")
    shop.imports_files({"events": [one, two]})
    found = {(event["user_id"], event["timestamp"][:10]) for event in shop.landed("events")}
    assert {("u", "2020-04-03"), ("v", "2020-03-04")} < found


@pytest.mark.parametrize(
    ("mapping", "spelled", "moment"),
    [
        ({"time_zone": "Europe/Berlin"}, "2020-07-02 03:04:05", "2020-07-02T01:04:05Z"),
        ({"time_zone": "Europe/Berlin"}, "2020-01-02 03:04:05", "2020-01-02T02:04:05Z"),
        ({"time_zone": "Europe/Berlin"}, "2020-07-02T03:04:05Z", "2020-07-02T03:04:05Z"),
        ({"time_zone": "Europe/Berlin"}, "1577934245", "2020-01-02T03:04:05Z"),
        ({"time_zone": "Asia/Tokyo"}, "2 Jan 2020 03:04:05 GMT", "2020-01-02T03:04:05Z"),
        ({"timestamp_format": "%y%m%d"}, "200102", "2020-01-02T00:00:00Z"),
        ({"timestamp_format": "%d/%m/%Y"}, "03/04/2020", "2020-04-03T00:00:00Z"),
        ({"timestamp_format": "month_first"}, "03/04/2020", "2020-03-04T00:00:00Z"),
        ({"timestamp_format": "epoch_ms"}, "1577934245250", "2020-01-02T03:04:05.25Z"),
        ({"timestamp_format": "epoch_s"}, "86400", "1970-01-02T00:00:00Z"),
    ],
)
def test_the_mapping_says_how_times_are_meant(
    shop: Any, mapping: dict[str, str], spelled: str, moment: str
) -> None:
    shop.imports({"events": mapping}, events=f"{HEADER}\nu,a,{spelled}\n")
    assert moments(shop) == [moment]


def test_a_pattern_that_cannot_be_one_is_said_so(shop: Any) -> None:
    with pytest.raises(AisleError, match="timestamp_format: %Q"):
        shop.imports({"events": {"timestamp_format": "%Q"}}, events=f"{HEADER}\nu,a,1\n")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u,maybe,2020-01-01", "consent_personalization is neither yes nor no: maybe"),
        ("u,yes,once", "consent_updated_at cannot be read: once"),
        ("u,yes,2999-01-01", "consent_updated_at in the future: 2999-01-01"),
        (",yes,2020-01-01", "no user_id"),
    ],
)
def test_a_consent_that_cannot_be_read_is_none(shop: Any, row: str, reason: str) -> None:
    header = "user_id,consent_personalization,consent_updated_at"
    shop.imports(customers=f"{header}\nv,1,2020-01-01\n{row}\n")
    assert shop.landed("customers") == [
        {"user_id": "v", "consent_personalization": True,
         "consent_updated_at": "2020-01-01T00:00:00Z"}
    ]  # fmt: skip
    assert shop.refused() == [(3, reason, row)]


def test_ids_that_occur_more_than_once_are_told(shop: Any) -> None:
    imported = shop.imports(products="item_id,title\na,old\na,new\nb,x\n")
    assert [item["title"] for item in shop.landed("products")] == ["old", "new", "x"]
    assert any("1 ids of products occur more than once" in note for note in imported.notes)
