"""Reads the YAML files in which a training's choices are stated."""

from pathlib import Path
from typing import Any

import yaml

from aisle.core.errors import AisleError


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the keys of a YAML file; one that is no YAML or holds no keys is refused."""
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AisleError(f"{path} is missing: restore it from the repository.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}: {getattr(error, 'problem', '')})" if mark else ""
        raise AisleError(f"{path} is no YAML{where}: mend it.") from error
    if not isinstance(stated, dict):
        raise AisleError(f"{path} holds no keys: write it as in the repository.")
    return stated
