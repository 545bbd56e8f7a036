"""Reads params.yaml, everything an experiment may change."""

from pathlib import Path
from typing import Any

from training.yaml_files import read_yaml

PARAMS = Path(__file__).with_name("params.yaml")


def load_params(path: Path = PARAMS) -> dict[str, Any]:
    """Return everything params.yaml says: windows, evaluation, recipes."""
    return read_yaml(path)
