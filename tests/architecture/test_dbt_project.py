"""The dbt project keeps its promises: contracts, unit tests, keys, named readers."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from aisle.core.item_events import ITEM_EVENTS
from aisle.core.settings import REPOSITORY

MODELS_FOLDER = REPOSITORY / "dbt_project" / "models"
MODELS = {path.stem: path for path in sorted(MODELS_FOLDER.rglob("*.sql"))}
MARTS = {name for name, path in MODELS.items() if "marts" in path.parts}
# What can be wrong in a model that does more than rename and cast.
LOGIC = re.compile(
    r"\b(case|where|join|group by|over|union|distinct|having|coalesce)\b|json_|known_at\("
)


@cache
def _properties(kind: str) -> list[dict[str, Any]]:
    files = [yaml.safe_load(path.read_text()) for path in sorted(MODELS_FOLDER.rglob("*.yml"))]
    return [entry for file in files for entry in file.get(kind, [])]


DESCRIBED = {model["name"]: model for model in _properties("models")}


def test_every_model_is_described_and_every_description_has_a_model() -> None:
    assert set(DESCRIBED) == set(MODELS)
    assert [name for name, model in DESCRIBED.items() if not model.get("description")] == []


@pytest.mark.parametrize("name", sorted(MARTS))
def test_a_mart_has_an_enforced_contract_that_describes_every_column(name: str) -> None:
    model = DESCRIBED[name]
    assert model["config"]["contract"]["enforced"] is True
    for column in model["columns"]:
        assert column["description"], column["name"]
        assert column["data_type"], column["name"]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_with_logic_has_a_unit_test(name: str) -> None:
    if LOGIC.search(_without_comments(MODELS[name])) is None:
        pytest.skip("renames and casts only")
    tested = {test["model"] for test in _properties("unit_tests")}
    assert name in tested, f"add a unit test of {name} beside its description"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_s_key_is_unique_and_never_null(name: str) -> None:
    model = DESCRIBED[name]
    columns = {column["name"]: column.get("data_tests", []) for column in model["columns"]}
    single = [column for column, tests in columns.items() if "unique" in tests]
    together = [
        test["unique_together"]["arguments"]["columns"] for test in model.get("data_tests", [])
    ]
    keys = [[column] for column in single] + together
    if not keys:
        assert "No key" in model["description"], f"{name} has no key: say why in its description"
        return
    for column in {column for key in keys for column in key}:
        assert "not_null" in columns.get(column, []), f"{name}.{column} is part of the key"


def test_every_mart_has_a_reader_that_is_named() -> None:
    read = {
        re.sub(r"ref\('(\w+)'\)", r"\1", reference)
        for exposure in _properties("exposures")
        for reference in exposure["depends_on"]
    }
    assert read == MARTS


@pytest.mark.parametrize("name", sorted(MODELS))
def test_models_depend_downwards_and_only_staging_reads_sources(name: str) -> None:
    text = MODELS[name].read_text()
    layers = ["staging", "intermediate", "marts"]
    layer = _layer(name)
    for reference in re.findall(r"ref\('(\w+)'\)", text):
        assert layers.index(_layer(reference)) <= layers.index(layer), reference
    assert ("source(" in text) == (layer == "staging")


def test_no_model_reads_the_machine_s_clock() -> None:
    clock = re.compile(r"current_timestamp|current_date|now\(|getdate|run_started_at")
    sources = [*MODELS.values(), *(REPOSITORY / "dbt_project" / "macros").glob("*.sql")]
    assert [path.name for path in sources if clock.search(_without_comments(path))] == []


def test_dbt_unfolds_the_item_events_that_python_knows_in_their_order() -> None:
    macro = (REPOSITORY / "dbt_project" / "macros" / "item_events.sql").read_text()
    listed = macro.partition("macro item_events()")[2].partition("endmacro")[0]
    assert tuple(re.findall(r"'([^']+)'", listed)) == ITEM_EVENTS
    (event,) = [
        column for column in DESCRIBED["fct_interactions"]["columns"] if column["name"] == "event"
    ]
    (accepted,) = [test for test in event["data_tests"] if "accepted_values" in test]
    assert tuple(accepted["accepted_values"]["arguments"]["values"]) == ITEM_EVENTS


def _layer(name: str) -> str:
    return MODELS[name].relative_to(MODELS_FOLDER).parts[0]


def _without_comments(path: Path) -> str:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"--.*", "", text)
