from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from expectations.thresholds import THRESHOLDS, read_thresholds


def test_the_file_of_the_repository_can_be_read() -> None:
    assert 0 < read_thresholds().max_share_of_unknown_items < 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("max_share_of_bad_lines: 0.01", "max_share_of_bad_lines: 5"), "max_share_of_bad_lines: "),
        (("max_share_of_bad_lines: 0.01", ""), "max_share_of_bad_lines: Field required"),
        (("min_interactions:", "minimum_interactions:"), "minimum_interactions: Extra inputs"),
        (("min_interactions:", "min_interactions: ["), "is not YAML"),
    ],
)
def test_a_threshold_that_cannot_be_is_named(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    path = tmp_path / "thresholds.yaml"
    path.write_text(THRESHOLDS.read_text().replace(*change))
    with pytest.raises(AisleError, match=str(path)) as refused:
        read_thresholds(path)
    assert said in str(refused.value)
