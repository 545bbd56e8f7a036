import pytest
from pydantic import ValidationError

from aisle.core.online_store import redis_connection
from aisle.core.settings import REPOSITORY, Settings

ALWAYS = "db={},socket_timeout=2,socket_connect_timeout=2"


@pytest.mark.parametrize(
    ("address", "connection"),
    [
        ("redis://cache", "cache:6379," + ALWAYS.format(0)),
        ("redis://cache:6380/3", "cache:6380," + ALWAYS.format(3)),
        ("rediss://cache/1", "cache:6379," + ALWAYS.format(1) + ",ssl=true"),
        ("redis://:1234@cache", "cache:6379," + ALWAYS.format(0) + ',password="1234"'),
        (
            "redis://ada:p%40%22s@cache",
            "cache:6379," + ALWAYS.format(0) + ',username="ada",password="p@\\"s"',
        ),
    ],
)
def test_an_address_becomes_the_connection_string_of_feast(address: str, connection: str) -> None:
    assert redis_connection(address) == connection


@pytest.mark.parametrize(
    "address",
    ["postgres://:secret@db", "redis:cache", "redis://:sec,ret@cache", "redis://cache/first"],
)
def test_what_is_no_redis_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(online_store=address)  # type: ignore[arg-type]
    (error,) = refused.value.errors()
    assert "give sqlite or redis://" in error["msg"]
    assert "sec" not in error["msg"]


@pytest.mark.parametrize("address", ["", "sqlite", "redis://cache:6379/0"])
def test_what_is_a_store_is_taken(address: str) -> None:
    assert Settings(online_store=address).online_store.get_secret_value() == address  # type: ignore[arg-type]


def test_both_configurations_of_feast_differ_in_the_online_store_only() -> None:
    folder = REPOSITORY / "feature_repo"
    shared = [
        [
            line
            for line in (folder / name).read_text().split("online_store:")[part].splitlines()
            if line and not line.startswith((" ", "#"))
        ]
        for name in ("feature_store.yaml", "feature_store_redis.yaml")
        for part in (0, 1)
    ]
    assert shared[:2] == shared[2:]
