"""What is drawn is what holds now: the newest row of each key, and only while it lives."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from aisle.core.settings import Settings
from aisle.pipeline.feature_catalogue.entries import Distribution, Measured
from aisle.pipeline.feature_catalogue.measuring import Look, look_at, short_number
from aisle.pipeline.feature_catalogue.registry import RegisteredFeature, RegisteredView

NOW = datetime(2018, 1, 3, 12)
COLUMNS = ("orders", "spend", "brand", "vector", "last_at", "is_new", "nothing", "not in the file")


def view(path: Path | None, ttl: timedelta | None = None) -> RegisteredView:
    features = tuple(RegisteredFeature(name, "Int64", "", ()) for name in COLUMNS)
    return RegisteredView(
        "v", "", "user", ("user id",), "", {}, ttl, True, False, path, "as_of", features
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Forty users: a row long ago and one of an hour ago each, and one row of tomorrow."""
    path = tmp_path / "users.parquet"
    duckdb.sql(
        """
        select
            'u' || i as "user id",
            timestamp '2018-01-03 12:00:00' - interval (days) day - interval 1 hour as as_of,
            case when days = 0 and i % 4 > 0 then i % 4 when days > 0 then 99 end as orders,
            i * 1000.5 as spend,
            case when i < 30 then 'National' when i < 38 then 'Private' else 'rare' end as brand,
            [1.0, 2.0] as vector,
            timestamp '2018-01-01 00:00:00' + interval (i) day as last_at,
            i % 2 = 0 as is_new,
            null::double as nothing
        from range(40) as users (i), (values (0), (20), (-1)) as ages (days)
        """
    ).write_parquet(str(path))
    return path


def looked(settings: Settings, asked: RegisteredView) -> Look:
    look = look_at(settings, asked, NOW)
    assert look is not None
    return look


def spread(look: Look, name: str) -> Distribution:
    found = look.columns[name].distribution
    assert found is not None
    return found


def test_each_key_counts_once_with_its_newest_row_up_to_now(settings: Settings, file: Path) -> None:
    look = looked(settings, view(file))
    assert look.rows == 40
    assert look.newest_at == NOW - timedelta(hours=1)
    assert look.columns["orders"] == Measured(
        0.25, Distribution("numbers", (10, 10, 10), ("1", "2", "3"), 3)
    )


def test_rows_that_outlived_their_time_are_none(settings: Settings, file: Path) -> None:
    look = looked(settings, view(file, timedelta(minutes=30)))
    assert look == Look(0, None, {})


def test_every_kind_of_column_has_its_distribution(settings: Settings, file: Path) -> None:
    look = looked(settings, view(file))
    assert spread(look, "brand") == Distribution(
        "categories", (30, 8, 2), ("National", "Private"), 3
    )
    assert spread(look, "is_new").counts == (20, 20)
    assert spread(look, "vector") == Distribution("lengths", (40,), ("2", "2", "2"), 1)
    assert spread(look, "last_at").marks == ("2018-01-01", "2018-01-20", "2018-02-09")
    spend = spread(look, "spend")
    assert len(spend.counts) == 24
    assert sum(spend.counts) == 40
    assert spend.marks == ("0", "19.5k", "39k")
    assert look.columns["nothing"] == Measured(1.0, None)
    assert "not in the file" not in look.columns


def test_a_file_that_is_not_there_yet_is_no_error(settings: Settings, tmp_path: Path) -> None:
    assert look_at(settings, view(tmp_path / "none.parquet"), NOW) is None
    assert look_at(settings, view(None), NOW) is None


def test_a_file_of_something_else_is_as_good_as_none(settings: Settings, file: Path) -> None:
    assert look_at(settings, view(file)._replace(keys=("item_id",)), NOW) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (1234, "1,234"),
        (1234.5, "1,234"),
        (-12.3456, "-12.3"),
        (0.000123, "0.000123"),
        (12345, "12.3k"),
        (9.99e8, "999M"),
        (2.5e9, "2.5B"),
        (float("inf"), "∞"),
    ],
)
def test_numbers_are_short(value: float, said: str) -> None:
    assert short_number(value) == said
