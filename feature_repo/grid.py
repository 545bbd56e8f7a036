"""The fields of the grid of behaviour features, as the contract of their marts describes them."""

from pathlib import Path

import yaml
from feast import Field
from feast.types import Float64, Int64

# `aisle expand-features` makes it from dbt_project/features.yml.
CONTRACT = (
    Path(__file__)
    .resolve()
    .parents[1]
    .joinpath("dbt_project", "models", "marts", "features", "_feature_grid.yml")
)
DTYPES = {"bigint": Int64, "double precision": Float64}  # of keys there are none: not a feature


def grid_fields(mart: str) -> list[Field]:
    """Return one field per feature of a mart of the grid, in the order of its columns."""
    models = {model["name"]: model for model in yaml.safe_load(CONTRACT.read_text())["models"]}
    return [
        Field(
            name=column["name"],
            dtype=DTYPES[column["data_type"]],
            description=column["description"],
        )
        for column in models[mart]["columns"]
        if column["data_type"] in DTYPES
    ]
