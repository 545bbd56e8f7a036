"""What dbt_project/features.yml declares, expanded: columns with types, and the macro's input."""

import json
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aisle.core.errors import AisleError
from aisle.core.files import write_text
from aisle.core.settings import REPOSITORY

DBT_PROJECT = REPOSITORY / "dbt_project"
GRID = DBT_PROJECT / "features.yml"
CONTRACT = Path("models", "marts", "features", "_feature_grid.yml")
DEFINITION = Path("macros", "feature_grid_definition.sql")
MADE = "Made from features.yml by `aisle expand-features`: change that file, not this one."
WEEK = 7  # days
# What a distinct count goes by: the columns of int_feature_events that say when its pair was last
# seen before an event, and next after it. Who an item's users are is what was told at the time.
PAIRS = {"item_id": "item", "user_id": "told", "category": "category"}
NAMES = r"^[a-z][a-z0-9_]*$"


class Declared(BaseModel):
    """A part of features.yml: a word that is not known here is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Measure(Declared):
    """Something counted over windows, half-lives and all time."""

    name: str = Field(pattern=NAMES)
    event: str
    aggregate: Literal["count", "sum", "count_distinct", "max"]
    of: str | None = None
    filter: str | None = None
    windows_days: tuple[int, ...] = ()
    half_lives_days: tuple[int, ...] = ()
    ever: bool = False
    is_hidden: bool = False  # kept for `derived`, not published
    means: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> "Measure":
        if self.aggregate != "count" and self.of is None:
            raise ValueError(f"{self.name}: `{self.aggregate}` needs `of`, a column of the events")
        if self.aggregate == "count_distinct" and (self.of not in PAIRS or self.filter):
            raise ValueError(f"{self.name}: count_distinct is of {list(PAIRS)}, without a filter")
        if self.aggregate in ("count_distinct", "max") and self.ever:
            raise ValueError(f"{self.name}: `ever` is for count and sum")
        if not self.is_hidden and (self.aggregate == "max" or not self.means):
            raise ValueError(f"{self.name}: needs `means`, or `is_hidden` (max always is)")
        for days in self.windows_days:
            if days != 1 and (days < 1 or days % WEEK):
                raise ValueError(f"{self.name}: a window is 1 day or whole weeks, not {days}")
        if min(self.half_lives_days, default=WEEK) < WEEK:
            raise ValueError(f"{self.name}: a half-life is at least {WEEK} days")
        return self


class Trend(Declared):
    """How much denser a short window is than the long one around it."""

    of: str
    short_days: int = Field(gt=0)
    long_days: int = Field(gt=0)

    @property
    def name(self) -> str:
        """Return the column's name."""
        return f"{self.of}_trend_{self.short_days}d_{self.long_days}d"

    @property
    def expression(self) -> str:
        """Return the SQL over the columns of the windows."""
        short, long = f"{self.of}_{self.short_days}d", f"{self.of}_{self.long_days}d"
        scaled = f"cast({short} as double precision) * {self.long_days}"
        return f"coalesce({scaled} / nullif({long} * {self.short_days}, 0), 0)"


class Derived(Declared):
    """A column computed from the row's other columns."""

    name: str = Field(pattern=NAMES)
    expression: str
    description: str


class Mart(Declared):
    """The features of one entity."""

    entity: str
    entity_name: str
    active_days: int = Field(gt=0, multiple_of=WEEK)
    measures: tuple[Measure, ...]
    trends: tuple[Trend, ...] = ()
    derived: tuple[Derived, ...] = ()


class Grid(Declared):
    """The whole of features.yml, with its defaults filled in."""

    filters: dict[str, str]
    marts: dict[str, Mart]


def read_grid(path: Path = GRID) -> Grid:
    """Return the grid; a file that cannot be expanded is refused with what is wrong in it."""
    try:
        declared = yaml.safe_load(path.read_text())
        defaults = {key: declared.pop(key) for key in ("windows_days", "half_lives_days")}
        for mart in declared["marts"].values():
            mart["measures"] = [_filled(measure, defaults) for measure in mart["measures"]]
        grid = Grid.model_validate(declared)
    except (ValidationError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise AisleError(f"{path} cannot be expanded: {error!r}") from error
    for name, mart in grid.marts.items():
        _check_names(path, name, mart, grid.filters)
    return grid


def _filled(measure: dict[str, Any], defaults: dict[str, list[int]]) -> dict[str, Any]:
    return measure if measure.get("is_hidden") else {**defaults, **measure}


def _check_names(path: Path, name: str, mart: Mart, filters: dict[str, str]) -> None:
    known = {column["name"] for column in columns(mart)}
    if len(known) != len(columns(mart)):
        raise AisleError(f"{path}: two columns of {name} have the same name.")
    for measure in mart.measures:
        if measure.filter and measure.filter not in filters:
            raise AisleError(f"{path}: {name}.{measure.name}: no filter {measure.filter!r}.")
    for trend in mart.trends:
        missing = {f"{trend.of}_{days}d" for days in (trend.short_days, trend.long_days)} - known
        if missing:
            raise AisleError(f"{path}: {name}.{trend.name}: no column {sorted(missing)}.")


def columns(mart: Mart) -> list[dict[str, str]]:
    """Return the published columns of a mart after its key: name, data_type, description."""
    made = [column for measure in mart.measures for column in _measured(measure)]
    made += [
        _column(
            trend.name,
            "double precision",
            f"{trend.of} a day of the last {trend.short_days} days over those of the last "
            f"{trend.long_days}: 1 is steady, {trend.long_days / trend.short_days:g} is all new, "
            "0 is none.",
        )
        for trend in mart.trends
    ]
    made += [_column(each.name, "double precision", each.description) for each in mart.derived]
    return made


def _measured(measure: Measure) -> list[dict[str, str]]:
    if measure.is_hidden:
        return []
    kind = "double precision" if measure.aggregate == "sum" else "bigint"
    name, means = measure.name, measure.means
    made = [
        _column(f"{name}_{days}d", kind, f"{means} of the last {_days(days)}.")
        for days in measure.windows_days
    ]
    if measure.ever:
        made.append(_column(f"{name}_ever", kind, f"{means} ever."))
    each = "each by its newest event, whose" if measure.aggregate == "count_distinct" else "whose"
    made += [
        _column(
            f"{name}_hl{days}d",
            "double precision",
            f"{means} ever, {each} weight halves every {days} days.",
        )
        for days in measure.half_lives_days
    ]
    return made


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"


def _column(name: str, data_type: str, description: str) -> dict[str, str]:
    return {"name": name, "data_type": data_type, "description": description}


def contract(grid: Grid) -> str:
    """Return dbt's properties file of the marts: contracts, descriptions and keys."""
    models = [_model(name, mart) for name, mart in grid.marts.items()]
    text = yaml.safe_dump({"version": 2, "models": models}, sort_keys=False, width=100)
    return f"# {MADE}\n{text}"


def _model(name: str, mart: Mart) -> dict[str, Any]:
    entity = mart.entity_name
    keys = [
        _column("as_of_date", "timestamp", "The moment the row describes, naive UTC."),
        _column(mart.entity, "varchar", f"The shop's id of the {entity}."),
        _column(
            "known_at",
            "timestamp",
            "From when on the row was known: its date, or when the last event that it counts was "
            "received if that was late.",
        ),
    ]
    described = (
        f"One row per {entity} and `as_of_date`: every Monday 00:00 and now, for {entity}s with an "
        f"event in the {mart.active_days} days before. A row knows only events strictly before its "
        "date (the row of now: up to now)."
    )
    return {
        "name": name,
        "description": described,
        "config": {"contract": {"enforced": True}},
        "data_tests": [
            {"unique_together": {"arguments": {"columns": ["as_of_date", mart.entity]}}}
        ],
        "columns": [*({**key, "data_tests": ["not_null"]} for key in keys), *columns(mart)],
    }


def definition(grid: Grid) -> str:
    """Return the dbt macro that hands the grid to the macros that expand it."""
    marts = {name: _for_macro(mart, grid.filters) for name, mart in grid.marts.items()}
    text = json.dumps(marts, indent=1)
    head = "{% macro feature_grid_definition() %}\n{% set definition %}{% raw %}\n"
    tail = "\n{% endraw %}{% endset %}\n{{ return(fromjson(definition)) }}\n{% endmacro %}\n"
    return f"{{# {MADE} #}}\n{head}{text}{tail}"


def _for_macro(mart: Mart, filters: dict[str, str]) -> dict[str, Any]:
    derived = [{"name": each.name, "expression": each.expression} for each in mart.trends]
    derived += [{"name": each.name, "expression": each.expression} for each in mart.derived]
    return {
        "entity": mart.entity,
        "active_days": mart.active_days,
        "measures": [_measure_for_macro(measure, filters) for measure in mart.measures],
        "derived": derived,
        "published": [column["name"] for column in columns(mart)],
    }


def _measure_for_macro(measure: Measure, filters: dict[str, str]) -> dict[str, Any]:
    conditions = [f"event = '{measure.event}'"]
    if measure.filter:
        conditions.append(filters[measure.filter])
    if measure.of:
        conditions.append(f"{measure.of} is not null")
    ever = measure.name if measure.is_hidden else f"{measure.name}_ever" if measure.ever else None
    pair = PAIRS.get(measure.of or "") if measure.aggregate == "count_distinct" else None
    return {
        "name": measure.name,
        "aggregate": measure.aggregate,
        "condition": " and ".join(conditions),
        "value": measure.of if measure.aggregate in ("sum", "max") else "1",
        "previous": f"previous_{pair}_at",
        "next": f"next_{pair}_at",
        "windows": sorted(measure.windows_days),
        "half_lives": sorted(measure.half_lives_days),
        "ever": ever,
    }


def expand(project: Path = DBT_PROJECT) -> list[Path]:
    """Write what dbt and Feast read of the grid; return the files."""
    grid = read_grid(project / GRID.name)
    written = {project / CONTRACT: contract(grid), project / DEFINITION: definition(grid)}
    for path, text in written.items():
        write_text(path, text)
    return list(written)
