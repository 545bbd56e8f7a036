"""A Feast that answers from frames: views with keys, tags and values that depend on the cutoff."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pandas as pd


@dataclass(frozen=True, eq=False)
class View:
    """A view whose feature values are a function of its keys and the cutoff."""

    name: str
    join_keys: list[str]
    values: dict[str, Callable[[pd.Series, pd.Timestamp], object]]
    dtypes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    path: str = ""

    @property
    def features(self) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(name=name, dtype=self.dtypes.get(name, "Float64"))
            for name in self.values
        ]

    @property
    def batch_source(self) -> SimpleNamespace:
        return SimpleNamespace(path=self.path)


class Store:
    """Knows some views, and what was asked of them."""

    def __init__(self, *views: View) -> None:
        self.views = list(views)
        self.asked: list[tuple[str, pd.DataFrame]] = []

    def list_feature_views(self) -> list[View]:
        return self.views

    def get_historical_features(
        self,
        entities: pd.DataFrame,
        features: list[str],
        full_feature_names: bool,
        filter_by_created_timestamp: bool,
    ) -> SimpleNamespace:
        assert full_feature_names and filter_by_created_timestamp
        name = features[0].split(":")[0]
        view = next(view for view in self.views if view.name == name)
        self.asked.append((name, entities))
        frame = entities.sample(frac=1, random_state=1)  # Feast promises no order
        for feature in (reference.split(":")[1] for reference in features):
            frame[f"{name}__{feature}"] = [
                view.values[feature](row, row["event_timestamp"]) for _, row in frame.iterrows()
            ]
        return SimpleNamespace(to_df=lambda: frame)
