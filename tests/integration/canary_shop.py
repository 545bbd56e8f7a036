"""A shop whose fashions change every fortnight, and a backtest of it that poison would flatter."""

import json
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from feast import FeatureService, FeatureView, Field, FileSource
from feast.types import Int64

from aisle.core.artifact import Array
from aisle.core.builds import BuildPlan, built_by, marts_verdict, write_plan
from aisle.core.feature_store import open_store
from aisle.core.files import write_json, write_text
from aisle.core.landing import delivery
from aisle.core.settings import Settings
from aisle.pipeline.build import dbt_command, dbt_environment
from aisle.pipeline.features import apply_features
from aisle.pipeline.load_raw import load_raw
from aisle.pipeline.publish import publish
from training.backtest import Request, backtest
from training.dataset import Dataset
from training.models.base import POPULAR, CurvePoint, Params
from training.models.catalogue import CatalogueRecommender
from training.recipes import Recipe
from training.snapshot import SERVICE
from training.split import Task, Truth

DAY = timedelta(days=1)
START = datetime(2024, 1, 1)
CUTOFF = datetime(2024, 6, 17)  # a Monday, when a fashion begins
HORIZON = 14 * DAY
NOW = CUTOFF + HORIZON
DELIVERED = NOW + DAY  # when the poison comes: long after the cutoff
REQUEST = Request(CUTOFF, HORIZON, 5)
USERS, ITEMS, FASHIONABLE = 40, 60, 6
ORACLE = Path(__file__).with_name("canary_oracle.sql")
ROW = ["item_id", "as_of_date"]
Row = tuple[str, pd.Timestamp]
NEVER = 1_000_000  # hours after which an event is late: so none is
RECIPES = [
    Recipe("personal_frequency", "personal_frequency", {"half_life_weeks": 4, "window_days": 28}),
    Recipe("feature_probe", "feature_probe", {}),
]


@dataclass(frozen=True)
class Order:
    """One message of an order; `copy` tells the messages of one order apart."""

    order_id: str
    user_id: str
    ordered_at: datetime
    received_at: datetime
    items: tuple[str, ...]
    copy: int = 0


def honest_orders() -> list[Order]:
    """Return what the shop sold: each user buys own staples and what is in fashion, twice a week.

    No fashion returns or can be told from the one before, so the past says little of the future.
    """
    chance = random.Random(11)
    fashions = [
        [f"i{n}" for n in chance.sample(range(ITEMS), FASHIONABLE)]
        for _ in range((NOW - START) // HORIZON + 1)
    ]
    orders = []
    for user in range(USERS):
        staples = [f"i{n}" for n in chance.sample(range(ITEMS), 4)]
        moment = START + DAY * chance.random() * 3
        while moment < NOW:
            fashion = fashions[(moment - START) // HORIZON]
            items = {chance.choice(staples), *chance.sample(fashion, 2)}
            at = moment.replace(microsecond=0)
            orders.append(
                Order(
                    f"o{user}-{len(orders)}",
                    f"u{user}",
                    at,
                    at + timedelta(seconds=chance.randint(1, 20)),
                    tuple(sorted(items)),
                )
            )
            moment += DAY * (3 + chance.random())
    return sorted(orders, key=lambda order: order.ordered_at)


def late_orders(honest: Iterable[Order]) -> list[Order]:
    """Return what will be bought after the cutoff as orders of before it, delivered afterwards."""
    return [
        replace(order, order_id=f"late-{order.order_id}", ordered_at=_moved(order), **LATE)
        for order in honest
        if order.ordered_at >= CUTOFF
    ]


def copies(honest: Iterable[Order]) -> list[Order]:
    """Return orders that come again under other message ids, those of the horizon dated back."""
    found = []
    for order in honest:
        if order.ordered_at >= CUTOFF:
            found.append(replace(order, ordered_at=_moved(order), copy=1, **LATE))
        elif "i1" in order.items:  # a page that was reloaded at once, over and over
            again = order.received_at + timedelta(minutes=1)
            found += [replace(order, received_at=again, copy=n) for n in range(1, 6)]
    return found


LATE: Mapping[str, Any] = {"received_at": DELIVERED}


def _moved(order: Order) -> datetime:
    """Return a moment in the fortnight before the cutoff."""
    return order.ordered_at - HORIZON


def land(settings: Settings, orders: Iterable[Order], name: str) -> None:
    """Deliver orders into the landing zone, with the time at which each was received."""
    with delivery(settings.landing) as folder:
        (folder / "events").mkdir()
        lines = "".join(json.dumps(_event(order)) + "\n" for order in orders)
        (folder / "events" / f"{name}.jsonl").write_text(lines)


def _event(order: Order) -> dict[str, object]:
    products = [{"product_id": item, "quantity": 1, "price": 2.5} for item in order.items]
    return {
        "message_id": f"m-{order.order_id}-{order.copy}",
        "type": "track",
        "event": "Order Completed",
        "user_id": order.user_id,
        "timestamp": order.ordered_at.isoformat() + "Z",
        "received_at": order.received_at.isoformat() + "Z",
        "properties": {"order_id": order.order_id, "products": products},
    }


def publish_shop(home: Path, poison: Iterable[Order] = (), **dbt_vars: int | bool) -> Settings:
    """Return a workspace with the marts of the honest shop and of what was slipped into it."""
    settings = Settings(home=home)
    land(settings, honest_orders(), "honest")
    load_raw(settings)
    land(settings, poison, "poison")
    load_raw(settings)
    plan = BuildPlan(build_id="b", max_batch_id=2, as_of=NOW)
    write_plan(settings, plan)
    _run_dbt(settings, plan, dbt_vars)
    write_text(built_by(settings), "b")
    write_json(marts_verdict(settings, "b"), {"passed": True})
    publish(settings, "b")
    apply_features(settings)
    return settings


def rows_made_late(honest: Iterable[Order], late: Iterable[Order]) -> set[Row]:
    """Return items and Mondays up to the cutoff of which more than a twentieth of a week came late.

    Counted from the orders alone: a week's orders are in the row of each Monday after it.
    """
    came_late = Counter(_items_by_week(late))
    ordered = Counter(_items_by_week(honest)) + came_late
    return {
        (item, monday)
        for (item, week), count in came_late.items()
        if count * 20 > ordered[item, week]
        for monday in pd.date_range(week + 7 * DAY, CUTOFF, freq="7D")
    }


def _items_by_week(orders: Iterable[Order]) -> Iterator[Row]:
    for order in orders:
        monday = pd.Timestamp(order.ordered_at).normalize() - DAY * order.ordered_at.weekday()
        yield from ((item, monday) for item in order.items)


def rows_known_late(settings: Settings) -> set[Row]:
    """Return items and Mondays up to the cutoff that are stamped as known only afterwards."""
    rows = pd.read_parquet(_item_features(settings), columns=[*ROW, "known_at"])
    return set(_keys(rows[(rows["as_of_date"] <= CUTOFF) & (rows["known_at"] > CUTOFF)]))


@contextmanager
def rows_missing(settings: Settings, missing: set[Row]) -> Iterator[None]:
    """Take rows out of the published features of items, for as long as it lasts."""
    path = _item_features(settings)
    published = path.read_bytes()
    rows = pq.read_table(path)
    is_kept = [row not in missing for row in _keys(rows.select(ROW).to_pandas())]
    pq.write_table(rows.filter(pa.array(is_kept)), path)
    try:
        yield
    finally:
        path.write_bytes(published)


def _item_features(settings: Settings) -> Path:
    return settings.current_marts / "item_features.parquet"


def _keys(rows: pd.DataFrame) -> Iterator[Row]:
    return zip(rows["item_id"], rows["as_of_date"], strict=True)


def plant_oracle(settings: Settings) -> None:
    """Add a view that says, at each Monday, how items sell in the fortnight after it.

    Its rows carry the date they speak of; who computes such a thing can write it only afterwards.
    """
    path = settings.current_marts / "item_oracle.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy ({ORACLE.read_text()}) to '{path}'",
            {"interactions": str(settings.current_marts / "fct_interactions.parquet")},
        )
    store = open_store(settings)
    view = FeatureView(
        name="item_oracle",
        entities=[store.get_entity("item")],
        schema=[Field(name="orders_next_14d", dtype=Int64)],
        source=FileSource(
            name="item_oracle",
            path=str(path),
            timestamp_field="as_of_date",
            created_timestamp_column="known_at",
        ),
        online=False,
    )
    known = store.get_feature_service(SERVICE)
    views = [
        store.get_feature_view(each.name)[[feature.name for feature in each.features]]
        for each in known.feature_view_projections
    ]
    store.apply([view, FeatureService(name=SERVICE, features=[*views, view])])


def _run_dbt(settings: Settings, plan: BuildPlan, dbt_vars: Mapping[str, int | bool]) -> None:
    command = dbt_command(settings, plan, ("run", "--select", "+marts.core", "+marts.features"))
    command[-1] = json.dumps(json.loads(command[-1]) | dict(dbt_vars))
    ended = subprocess.run(
        command, env=dbt_environment(settings), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


def outcome(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what a backtest measured and showed, by model: metrics per task and the very lists."""
    out = settings.root / "backtest"
    shutil.rmtree(out, ignore_errors=True)
    document = backtest(settings, REQUEST, out)
    return {
        model: {
            task: {**found["metrics"], "users": found["users"]}
            for task, found in made["tasks"].items()
        }
        for model, made in document["models"].items()
    }


def ndcg(found: Mapping[str, Mapping[str, Any]], model: str) -> float:
    """Return a model's NDCG@5 of the next purchases."""
    mean: float = found[model]["next"]["ndcg_at_5"]["mean"]
    return mean


class FeatureProbe(CatalogueRecommender):
    """Ranks items for everybody by the one feature that ranked best on the validation window."""

    family = "feature_probe"

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        bought = np.asarray(truths["next"].relevant.sum(axis=0)).ravel()
        names = sorted(dataset.item_features.select_dtypes("number").columns)
        hits = {name: int(bought[best(dataset, name)].sum()) for name in names}
        return {"feature": max(names, key=lambda name: hits[name])}, []

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        return np.tile(self._values, (user_index.size, 1))

    def _learn(self, dataset: Dataset) -> None:
        self._values = values(dataset, self.params["chosen"]["feature"])

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        return np.full(items.size, POPULAR, dtype=object)

    def _arrays(self) -> dict[str, Array]:
        return {"values": self._values}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._values = arrays["values"]


def values(dataset: Dataset, feature: str) -> np.ndarray:
    """Return a feature of each item; what is missing stands below everything."""
    found = dataset.item_features[feature].to_numpy(dtype=np.float32, na_value=np.nan)
    return np.where(np.isnan(found), np.float32(-1e9), found)


def best(dataset: Dataset, feature: str) -> np.ndarray:
    """Return the ten items with the most of a feature."""
    return np.argsort(-values(dataset, feature), kind="stable")[:10]
