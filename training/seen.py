"""Should a shop recommend what a user already has: only where people do buy things again."""

from collections.abc import Mapping

from training.dataset import Dataset
from training.split import Task, Truth

RARE = 0.05  # repeats below this share of all purchases are not worth a place in a list
FEWEST_PURCHASES = 100  # in the truth, below which the history answers instead


def hides_seen(dataset: Dataset, truths: Mapping[Task, Truth]) -> bool:
    """Return whether items a user has met before are to be left out of recommendations.

    Decided on the window after `dataset`: its share of repeats among what users with history
    bought. A window with hardly any such purchase leaves it to the history before.
    """
    bought = truths["next"].relevant.nnz
    if bought < FEWEST_PURCHASES:
        return repeat_share(dataset) < RARE
    return bool(1 - truths["discovery"].relevant.nnz / bought < RARE)


def repeat_share(dataset: Dataset) -> float:
    """Return the share of baskets' items that their user had met in an earlier basket."""
    keys = ["user_index", "item_index"]
    lines = dataset.interactions[[*keys, "order_index"]].drop_duplicates()
    if lines.empty:
        return 1.0
    return 1 - len(lines[keys].drop_duplicates()) / len(lines)
