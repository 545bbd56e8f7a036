"""The numbers that rules compare with, read from `thresholds.yaml`."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aisle.core.errors import AisleError

THRESHOLDS = Path(__file__).with_suffix(".yaml")


class Thresholds(BaseModel):
    """How much is too much; `thresholds.yaml` says what each number is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_share_of_bad_lines: float = Field(ge=0, le=1)
    max_share_of_unknown_items: float = Field(ge=0, le=1)
    min_bad_lines: int = Field(ge=0)
    max_share_of_lines_without_user: float = Field(ge=0, le=1)
    max_share_of_quarantined_rows: float = Field(ge=0, le=1)
    min_quarantined_rows: int = Field(ge=0)
    max_hours_without_delivery: float = Field(gt=0)
    min_share_of_usual_volume: float = Field(ge=0, lt=1)
    min_usual_events: int = Field(ge=1)
    min_interactions: int = Field(ge=1)
    max_share_of_zero_value: float = Field(ge=0, le=1)
    max_hours_published_behind: float = Field(gt=0)


def read_thresholds(path: Path = THRESHOLDS) -> Thresholds:
    """Return the thresholds of `path`; refuse one that is missing, unknown or out of range."""
    try:
        return Thresholds.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise AisleError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors()]
        raise AisleError("\n".join([f"{path} cannot be used:", *problems])) from error
