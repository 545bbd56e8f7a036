"""What a rival's fit reports: parameters under dotted names, metrics that have a value."""

import pandas as pd
import pytest

from aisle.core.errors import AisleError
from training.bootstrap import Interval
from training.cost import Cost
from training.evaluate import Evaluation
from training.fit import finite_metrics, flat
from training.recipes import Recipe

NAN = Interval(float("nan"), float("nan"), float("nan"))


def evaluation(**metrics: Interval) -> Evaluation:
    return Evaluation(Recipe("a", "family", {}), pd.DataFrame(), metrics, [], Cost(1, 1, 1, 1, 1))


def test_nested_parameters_get_dotted_names_and_an_empty_group_stays_visible() -> None:
    params = {"threads": 2, "chosen": {"weights": {"popularity": 0.5}}, "grid": {}}
    assert dict(flat(params)) == {"threads": 2, "chosen.weights.popularity": 0.5, "grid": {}}


def test_a_metric_without_a_value_is_left_out() -> None:
    kept = finite_metrics("a", evaluation(next_ndcg_at_10=Interval(0.3, 0.2, 0.4), next_auc=NAN))
    assert list(kept) == ["next_ndcg_at_10"]


def test_a_shop_without_purchases_in_the_test_weeks_cannot_be_judged() -> None:
    with pytest.raises(AisleError, match="no user bought anything in the test windows"):
        finite_metrics("a", evaluation(next_ndcg_at_10=NAN))
