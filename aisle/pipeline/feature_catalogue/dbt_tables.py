"""What dbt's manifest of a build says about the tables that views read."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from aisle.core.builds import build_folder
from aisle.core.settings import Settings


class DescribedTable(NamedTuple):
    """One model: dbt's id of it, and the meaning of its columns."""

    dbt_id: str
    description: str
    columns: dict[str, str]


def described_tables(settings: Settings, build_id: str) -> dict[str, DescribedTable]:
    """Return the models of a build by table name; nothing where its artifacts are gone."""
    path = build_folder(settings, build_id) / "dbt" / "manifest.json"
    if not path.is_file():
        return {}
    nodes = _nodes(path)
    return {
        node["alias"]: DescribedTable(
            dbt_id=dbt_id,
            description=_line(node["description"]),
            columns={
                name: _line(column["description"]) for name, column in node["columns"].items()
            },
        )
        for dbt_id, node in nodes.items()
        if node["resource_type"] == "model"
    }


def _nodes(path: Path) -> dict[str, Any]:
    nodes: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    return nodes


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
