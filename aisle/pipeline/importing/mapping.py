"""The mapping file: what a shop's files call things, where that cannot be recognised."""

import codecs
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from aisle.core.errors import AisleError

Kind = Literal["events", "products", "customers"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FORMATS = ("day_first", "month_first", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns")


class KindMapping(BaseModel):
    """How to read the files of one kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    columns: dict[str, str | list[str]] = Field(
        {}, description="our column: their column; a list is joined by a space (date and time)"
    )
    constants: dict[str, str] = Field({}, description="our column: the same value on every row")
    ignore: list[str] = Field([], description="their columns to leave out")
    event_names: dict[str, str] = Field({}, description="their name of an event: ours")
    timestamp_format: str = Field(
        "", description=f"one of {', '.join(FORMATS)}, or a pattern such as '%d.%m.%Y %H:%M'"
    )
    time_zone: str = Field("UTC", description="zone of times that carry none: Europe/Berlin")
    delimiter: str = Field("", max_length=1, description="one character between columns")
    encoding: str = Field("", description="encoding of the text: utf-8, cp1252, shift_jis")
    decimal: Literal["", ".", ","] = Field(
        "", description="the decimal mark of numbers; if empty, a point, and 1,234 is refused"
    )
    header: list[str] = Field([], description="names of the columns when the file has no header")

    @field_validator("columns", "constants", mode="before")
    @classmethod
    def _only_our_columns(cls, value: Any) -> Any:
        from aisle.pipeline.importing.columns import OURS

        known = sorted({name for names in OURS.values() for name in names})
        unknown = sorted(set(value) - set(known)) if isinstance(value, dict) else []
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is no column of ours; they are {known}")
        return value

    @field_validator("timestamp_format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value and value not in FORMATS and "%" not in value:
            raise ValueError(f"use one of {', '.join(FORMATS)} or a pattern with %Y, %m, %d")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no time zone of this name; write for example Europe/Berlin") from None
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name if value else value
        except LookupError:
            raise ValueError("Python knows no such encoding; try utf-8, cp1252, utf-16") from None


class Mapping(BaseModel):
    """The whole mapping file: one part for each kind of file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    events: KindMapping = KindMapping()
    products: KindMapping = KindMapping()
    customers: KindMapping = KindMapping()

    def of(self, kind: Kind) -> KindMapping:
        """Return the part for one kind."""
        part: KindMapping = getattr(self, kind)
        return part


def read_mapping(path: Path | None) -> Mapping:
    """Return the mapping of a YAML file, or one that says nothing without a file."""
    if path is None:
        return Mapping()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Mapping.model_validate({} if content is None else content)
    except OSError as error:
        raise AisleError(f"The mapping {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise AisleError(f"The mapping {path} is not UTF-8 text: save it as that.") from error
    except yaml.YAMLError as error:
        raise AisleError(f"The mapping {path} is no YAML{_where(error)}: mend it.") from error
    except ValidationError as error:
        raise AisleError(f"The mapping {path} cannot be used.\n{_describe(error)}") from error


def _describe(error: ValidationError) -> str:
    """Return each problem with its place, and the keys that exist where one does not."""
    lines = []
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"]) or "the file"
        if problem["type"] == "extra_forbidden":
            lines.append(f"  {place}: no such key; known here: {', '.join(_keys(problem['loc']))}")
        elif problem["type"] == "model_type":
            lines.append(f"  {place}: write keys here: {', '.join(_keys((*problem['loc'], '')))}")
        else:
            lines.append(f"  {place}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


def _where(error: yaml.YAMLError) -> str:
    """Return line, column and what is wrong there, where the parser tells."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return ""
    mark = error.problem_mark
    return f" (line {mark.line + 1}, column {mark.column + 1}: {error.problem})"


def _keys(place: tuple[int | str, ...]) -> list[str]:
    return list(KINDS) if len(place) == 1 else list(KindMapping.model_fields)
