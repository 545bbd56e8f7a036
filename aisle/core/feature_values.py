"""Reads raw feature values of any type: numbers, texts, JSON attributes; counts the odd ones."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from aisle.core.columns import ATTRIBUTES


class Values(Protocol):
    """One column: a list, an array, a pandas series."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


Columns = Mapping[str, Values]
Reason = Literal["missing", "unseen", "not_finite", "wrong_type", "absent", "unknown"]

WHOLE = 1e15  # up to here every whole float is written without exponent
NOTHING = {"NAType", "NaTType"}  # how pandas says missing, by name: nothing here needs pandas


@dataclass
class Counts:
    """How many values of which column were odd, and why."""

    by_reason: Counter[tuple[Reason, str]] = field(default_factory=Counter)

    def add(self, reason: Reason, column: str, count: int = 1) -> None:
        """Count values of one column."""
        if count:
            self.by_reason[reason, column] += count

    def of(self, reason: Reason) -> dict[str, int]:
        """Return the number of values by column, for one reason."""
        return {column: n for (why, column), n in self.by_reason.items() if why == reason}


def read_numbers(values: Values, name: str, counts: Counts) -> NDArray[np.float64]:
    """Return float64, NaN where there is no number; infinities and other types are none."""
    plain = values.to_numpy() if hasattr(values, "to_numpy") else values
    if isinstance(plain, np.ndarray) and plain.dtype.kind in "iufb":
        numbers = plain.astype(np.float64)
        is_infinite = np.isinf(numbers)
        counts.add("not_finite", name, int(is_infinite.sum()))
        counts.add("missing", name, int(np.isnan(numbers).sum()))
        return np.where(is_infinite, np.nan, numbers)
    return np.array([_number(value, name, counts) for value in plain], dtype=np.float64)


def read_texts(values: Values, name: str, counts: Counts) -> Iterator[str | None]:
    """Yield each category as text, None where there is none; 3, 3.0 and "3" are one category."""
    for value in values:
        text, reason = _text(value)
        if reason:
            counts.add(reason, name)
        yield text


def expanded(columns: Columns, counts: Counts) -> dict[str, Values]:
    """Return the columns with `attributes` taken apart: a column `attributes.KEY` for each key."""
    plain = {str(name): columns[name] for name in columns if name != ATTRIBUTES}
    if ATTRIBUTES not in columns:
        return plain
    parsed: dict[str, Mapping[str, Any]] = {}
    rows = [_attributes(value, parsed, counts) for value in columns[ATTRIBUTES]]
    keys = dict.fromkeys(key for row in rows for key in row)
    apart = {f"{ATTRIBUTES}.{key}": [row.get(key) for row in rows] for key in keys}
    return {**plain, **apart}


def _attributes(
    value: Any, parsed: dict[str, Mapping[str, Any]], counts: Counts
) -> Mapping[str, Any]:
    """Return what one value of the column says; the same text is parsed once."""
    if isinstance(value, str):
        if value not in parsed:
            parsed[value] = _json_object(value, counts)
        return parsed[value]
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    counts.add("missing" if _is_nothing(value) else "wrong_type", ATTRIBUTES)
    return {}


def _json_object(text: str, counts: Counts) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    counts.add("wrong_type", ATTRIBUTES)
    return {}


def _number(value: Any, name: str, counts: Counts) -> float:
    if _is_nothing(value):
        counts.add("missing", name)
        return math.nan
    if not isinstance(value, Real | Decimal | np.bool_):
        counts.add("wrong_type", name)
        return math.nan
    number = _float(value)
    if math.isnan(number):
        counts.add("missing", name)
    elif math.isinf(number):
        counts.add("not_finite", name)
        return math.nan
    return number


def _float(value: Any) -> float:
    """Return a number as float: infinite if it is too large, none if it signals that it is none."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _text(value: Any) -> tuple[str | None, Reason | None]:
    """Return a category as text, or None and why there is none."""
    if _is_nothing(value) or (isinstance(value, str) and not value):
        return None, "missing"
    if isinstance(value, str):
        return str(value), None
    if isinstance(value, bool | np.bool_):
        return str(bool(value)), None
    if not isinstance(value, Real | Decimal):
        return None, "wrong_type"
    number = _float(value)
    if math.isnan(number):
        return None, "missing"
    if math.isinf(number):
        return None, "not_finite"
    if isinstance(value, Integral) or (number == int(number) and abs(number) < WHOLE):
        return str(int(cast(Any, value))), None
    return repr(number), None


def _is_nothing(value: Any) -> bool:
    if value is None or type(value).__name__ in NOTHING:
        return True
    return isinstance(value, float) and math.isnan(value)
