"""A backtest's metrics can be recomputed from its lists and the source by somebody else's code."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from aisle.cli.backtest import horizon
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from benchmarks.judge_backtest import recompute
from tests.integration.training_shop import SHOP, publish_shop
from training.backtest import Request, backtest
from training.backtest_folder import only_run

CUTOFF = datetime(2017, 12, 1, 3)
REQUEST = Request(CUTOFF, timedelta(days=14), 5)
MODELS = ("recent_popularity", "personal_frequency")


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A workspace with the published marts of a small shop."""
    return publish_shop(settings, monkeypatch)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The shop's own purchases, as the judge reads them: not our marts."""
    path = tmp_path / "transactions.parquet"
    with duckdb.connect() as connection:
        connection.execute(SHOP.read_text())
        connection.sql(
            "select user_id as household_id, item_id as product_id, "
            "interacted_at as transaction_timestamp from fct_interactions"
        ).write_parquet(str(path))
    return path


def test_trec_eval_finds_the_same_recall_and_ndcg(
    shop: Settings, source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "backtest"
    document = backtest(shop, REQUEST, out, models=MODELS)
    assert document == json.loads((out / "metrics.json").read_text())
    judged = recompute(out, source)
    assert set(judged["model"]) == set(MODELS)
    assert set(judged["metric"]) == {"users", "recall_at_5", "ndcg_at_5"}
    assert judged["stated"].to_numpy() == pytest.approx(judged["recomputed"].to_numpy(), abs=1e-12)
    assert judged["stated"].between(0.01, 0.99).any(), "a shop where every figure is trivial"
    assert document["interactions"] == "Order Completed"
    assert document["truth_until"] == "2017-12-15T03:00:00"


def test_every_user_with_history_gets_k_items_and_discovery_only_new_ones(
    shop: Settings, source: Path, tmp_path: Path
) -> None:
    backtest(shop, REQUEST, tmp_path / "backtest", models=["personal_frequency"])
    purchases = pd.read_parquet(source)
    before = purchases[purchases["transaction_timestamp"] < CUTOFF]
    owned = set(zip(before["household_id"], before["product_id"], strict=True))
    for task in ("next", "discovery"):
        lists = pd.read_parquet(tmp_path / "backtest" / "personal_frequency" / f"{task}.parquet")
        assert list(lists.columns) == ["user_id", "item_id", "score", "rank"]
        assert set(lists["user_id"]) == set(before["household_id"])
        assert (
            lists.groupby("user_id")["rank"].apply(list).map(lambda r: r == [1, 2, 3, 4, 5]).all()
        )
        shown = set(zip(lists["user_id"], lists["item_id"], strict=True))
        assert bool(shown & owned) == (task == "next")


def test_nothing_after_the_cutoff_changes_a_list(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backtest(shop, REQUEST, tmp_path / "whole", models=MODELS)
    path = shop.current_marts / "fct_interactions.parquet"
    rows = pd.read_parquet(path)
    is_later = rows["interacted_at"] >= CUTOFF
    rows.loc[is_later, "item_id"] = "i3"
    rows.to_parquet(path)
    backtest(shop, REQUEST, tmp_path / "changed", models=MODELS)
    for model in MODELS:
        for task in ("next", "discovery"):
            one, other = (
                pd.read_parquet(tmp_path / name / model / f"{task}.parquet")
                for name in ("whole", "changed")
            )
            pd.testing.assert_frame_equal(one, other)


def test_running_it_again_fits_nothing_and_another_request_is_refused(
    shop: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "backtest"
    first = backtest(shop, REQUEST, out, models=MODELS[:1])
    written = (out / MODELS[0] / "next.parquet").stat().st_mtime_ns
    both = backtest(shop, REQUEST, out, models=MODELS)
    assert (out / MODELS[0] / "next.parquet").stat().st_mtime_ns == written
    assert both["models"][MODELS[0]] == first["models"][MODELS[0]]
    assert list(both["models"]) == sorted(MODELS)
    with pytest.raises(AisleError, match="not the one asked for"):
        backtest(shop, Request(CUTOFF, timedelta(days=14), 6), out)


@pytest.mark.parametrize("cutoff", [datetime(2010, 1, 1), datetime(2018, 2, 1)])
def test_a_cutoff_outside_the_data_is_refused_with_the_span(
    shop: Settings, tmp_path: Path, cutoff: datetime
) -> None:
    with pytest.raises(AisleError, match=r"data runs from 2017-.* to 2018-01-01 04:00:00"):
        backtest(shop, Request(cutoff, timedelta(days=14), 5), tmp_path / "backtest")


def test_a_horizon_beyond_the_data_is_said(shop: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    request = Request(datetime(2017, 12, 20), timedelta(days=21), 5)
    out = tmp_path / "backtest"
    document = backtest(shop, request, out, models=MODELS[:1], progress=said.append)
    assert "part of the truth has not happened yet" in document["warnings"][0]
    assert said[0] == f"Warning: {document['warnings'][0]}"


def test_a_folder_with_something_else_in_it_is_refused(shop: Settings, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(AisleError, match="holds no backtest"):
        backtest(shop, REQUEST, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["precious"]


def test_a_folder_that_another_run_is_writing_is_refused(shop: Settings, tmp_path: Path) -> None:
    with (
        only_run(tmp_path / "backtest"),
        pytest.raises(AisleError, match="Another `aisle backtest` is writing"),
    ):
        backtest(shop, REQUEST, tmp_path / "backtest")


@pytest.mark.parametrize("days", [1e12, float("inf"), float("nan")])
def test_a_horizon_that_is_no_length_of_time_is_refused(days: float) -> None:
    with pytest.raises(AisleError, match=r"--horizon-days (1e\+12|inf|nan) is no length"):
        horizon(days)


def test_a_horizon_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(AisleError, match="--horizon-days 4e\\+06 lead out of the calendar"):
        Request(CUTOFF, horizon(4e6), 5)


def test_an_unknown_model_is_refused_with_the_known_ones(shop: Settings, tmp_path: Path) -> None:
    with pytest.raises(AisleError, match=r"called 'oracle'.*such as recent_popularity"):
        backtest(shop, REQUEST, tmp_path / "backtest", models=["oracle"])
    assert not (tmp_path / "backtest").exists()


@pytest.mark.parametrize(("k", "days", "said"), [(0, 21, "--k 0"), (5, 0, "--horizon-days 0")])
def test_a_request_for_nothing_is_refused(k: int, days: int, said: str) -> None:
    with pytest.raises(AisleError, match=said):
        Request(CUTOFF, timedelta(days=days), k)
