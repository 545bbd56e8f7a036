"""Segments follow the number of baskets before the cutoff."""

import numpy as np
import pandas as pd

from training.dataset import Dataset
from training.segments import segments


def test_light_users_have_at_most_the_median_of_those_judged() -> None:
    baskets = [0, 1, 2, 3, 9]
    rows = [(u, 0, 10 * u + n) for u, count in enumerate(baskets) for n in range(count)]
    rows += [(1, 1, 10)]  # a second item of the same basket
    dataset = Dataset(
        cutoff=pd.Timestamp(2024, 1, 1),
        user_ids=np.arange(5),
        item_ids=np.arange(2),
        interactions=pd.DataFrame(rows, columns=["user_index", "item_index", "order_index"]),
        user_features=pd.DataFrame(),
        item_features=pd.DataFrame(),
    )

    assert segments(dataset, np.arange(4)).tolist() == ["new", "light", "light", "heavy", "heavy"]
    assert segments(dataset, np.array([0])).tolist()[0] == "new"
