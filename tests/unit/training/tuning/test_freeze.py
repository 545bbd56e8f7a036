"""A tuning sees nothing of the windows on which trainings are judged."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.core.windows import windows
from training.dataset import SnapshotTables
from training.tuning.freeze import only_before, windows_before

TRAINING = windows(datetime(2024, 3, 25, 4, 30), horizon_days=7)
CUTS = windows_before(TRAINING, 2)


def tables(*rows: tuple[datetime, datetime]) -> SnapshotTables:
    frame = pd.DataFrame(rows, columns=["interacted_at", "known_at"])
    empty = pd.DataFrame()
    return SnapshotTables(frame, empty, empty, empty, empty)


def test_trials_are_judged_before_the_first_test() -> None:
    assert CUTS.end == TRAINING.tests[0].cutoff
    assert CUTS.tests[-1].cutoff == TRAINING.validation.cutoff
    assert CUTS.validation.end == CUTS.tests[0].cutoff
    assert CUTS.horizon == TRAINING.horizon


def test_what_happened_or_became_known_later_is_left_out() -> None:
    early, inside, later = (
        CUTS.validation.cutoff - timedelta(days=1),
        CUTS.end - timedelta(hours=1),
        CUTS.end,
    )

    kept = only_before(tables((early, early), (inside, later), (later, later)), CUTS)

    assert kept.interactions["interacted_at"].tolist() == [pd.Timestamp(early)]


def test_a_shop_without_history_before_the_windows_is_refused() -> None:
    inside = CUTS.end - timedelta(hours=1)
    with pytest.raises(AisleError, match="fewer --windows"):
        only_before(tables((inside, inside)), CUTS)
