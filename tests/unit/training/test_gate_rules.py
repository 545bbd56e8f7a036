"""gate.yaml is checked before anything is judged by it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from aisle.core.errors import AisleError
from training.gate_rules import RULES, load_rules


def stated(tmp_path: Path, **changes: Any) -> Path:
    """Return a gate.yaml that differs from the repository's."""
    content = {**yaml.safe_load(RULES.read_text()), **changes}
    path = tmp_path / "gate.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in content.items() if value != "-"}))
    return path


def test_the_repositorys_gate_guards_discovery_and_every_segment() -> None:
    rules = load_rules()

    names = [measure.name for measure in rules.measures]
    assert names[:2] == ["next_ndcg_at_10", "newcomers_ndcg_at_10"]
    assert {"discovery_ndcg_at_10", "next_ndcg_at_10_light", "next_ndcg_at_10_heavy"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fewest_user": 3}, "unknown keys 'fewest_user'"),
        ({"tie_margin": "-"}, "does not say tie_margin"),
        ({"primary": "next_ndcg_at_11"}, "'next_ndcg_at_11'"),
        ({"primary": "next_ndcg_at_10_light"}, "primary is .*light users only.* next_ndcg_at_10,"),
        ({"primary_without_history": "next_map_at_20_heavy"}, "heavy users only"),
        ({"non_inferiority": {"newcomers_ndcg_at_10_light": 0.1}}, "'newcomers_ndcg_at_10_light'"),
        ({"non_inferiority": {"next_recall_at_20": -0.1}}, "next_recall_at_20 is -0.1"),
        ({"fewest_users": "many"}, "fewest_users is 'many'"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AisleError, match=message):
        load_rules(stated(tmp_path, **changes))


def test_a_gate_without_margins_is_allowed(tmp_path: Path) -> None:
    assert load_rules(stated(tmp_path, non_inferiority=None)).non_inferiority == {}
