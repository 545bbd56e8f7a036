"""The ranker's feature rows: a user's history with an item and its groups, scores, the shop."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.models.two_stage.candidates import Candidates
from training.models.two_stage.groups import Groups
from training.models.two_stage.item_features import group_columns, item_columns, user_columns
from training.models.two_stage.purchases import Purchases
from training.models.two_stage.repeat_features import group_table, pair_table
from training.models.two_stage.tables import Table


@dataclass(frozen=True)
class FeatureTables:
    """Everything known at one moment, ready to be looked up for any rows."""

    pairs: Table
    item_count: int
    groups: Sequence[Groups]
    group_pairs: Sequence[Table]
    group_shop: Sequence[dict[str, np.ndarray]]
    items: dict[str, np.ndarray]
    users: dict[str, np.ndarray]

    def columns(self, rows: Candidates) -> dict[str, np.ndarray]:
        """Return float32 columns of features by name, one value per row."""
        user = rows.user.astype(np.int64)
        found = {"is_seen": rows.is_seen.astype(np.float32)}
        found |= self.pairs.rows(user * self.item_count + rows.item)
        for groups, table, shop in zip(self.groups, self.group_pairs, self.group_shop, strict=True):
            code = groups.codes[rows.item]
            found |= table.rows(user * groups.count + code)
            found |= {name: values[code] for name, values in shop.items()}
        found |= {name: values[rows.item] for name, values in self.items.items()}
        found |= {name: values[rows.user] for name, values in self.users.items()}
        return found | {f"source_{name}": values for name, values in rows.scores.items()}

    def matrix(self, rows: Candidates) -> tuple[np.ndarray, list[str]]:
        """Return rows x features, float32, and the names of the columns."""
        columns = self.columns(rows)
        matrix = np.empty((rows.user.size, len(columns)), dtype=np.float32)
        for place, values in enumerate(columns.values()):
            matrix[:, place] = values
        return matrix, list(columns)


def feature_tables(history: Purchases, groups: Sequence[Groups]) -> FeatureTables:
    """Return what can be looked up as of the moment the history ends."""
    return FeatureTables(
        pairs=pair_table(history),
        item_count=history.shape[1],
        groups=groups,
        group_pairs=[group_table(history, one.codes, one.count, one.name) for one in groups],
        group_shop=[group_columns(history, one.codes, one.count, one.name) for one in groups],
        items=item_columns(history),
        users=user_columns(history),
    )
