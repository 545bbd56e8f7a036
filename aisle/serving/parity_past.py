"""Whether the marts still say of past moments what they said when the gate last passed.

What is served, joined and published is read from the same marts, so none of them can tell that the
transform which makes the marts was changed. Values of moments gone by can: they change with late
data, a few of them and while the code stays, or because a feature has another meaning now.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aisle.core.published_features import EARLIEST, FeatureTable
from aisle.serving.parity import Sides, plain

if TYPE_CHECKING:
    from feast import FeatureView

log = logging.getLogger(__name__)

# Late data may come in the same build as changed code. It touches fewer rows than this.
TOLERATED = 0.02
Remembered = Mapping[str, Mapping[str, Any]]  # by view: code, build_id, rows


@dataclass(frozen=True)
class Redefined:
    """One feature whose values of past moments are others since the transform was changed."""

    view: str
    feature: str
    rows: int
    differing: int
    keys: Mapping[str, str]
    moment: str
    before: Any
    now: Any

    def __str__(self) -> str:
        """Say how many differ, and one of them with both values."""
        whose = ", ".join(f"{key}={value}" for key, value in self.keys.items())
        return (
            f"{self.view}.{self.feature}: {self.differing} of {self.rows} past rows differ, "
            f"such as {whose} as of {self.moment}: was {self.before!r}, is {self.now!r}"
        )


def compare_past(sides: Sides, remembered: Remembered, code: str | None) -> Iterator[Redefined]:
    """Yield the features that the code of the transform, changed since, gives another meaning.

    `code` is the fingerprint of what made the current marts. Where it is the remembered one, what
    differs is late data, and only counted in the log.
    """
    for view in _views(sides):
        before = remembered.get(view.name)
        if before is None or not before["rows"]:
            continue
        found = list(_differing(view, before["rows"], _now(sides, view, before["rows"])))
        if before["code"] != code:
            yield from (one for one in found if one.differing > TOLERATED * one.rows)
        elif found:
            log.info("%s: late data changed past values of %d features", view.name, len(found))


def remember(
    sides: Sides, remembered: Remembered, code: str | None, sample: int, seed: int
) -> dict[str, Any]:
    """Return `sample` random past rows of each view, as JSON can hold them.

    A view of which no remembered row is left keeps what was remembered: pairs have rows at the
    cutoffs of trainings, which are the same moments again some weeks later.
    """
    kept = dict(remembered)
    for view in _views(sides):
        before = remembered.get(view.name)
        if before and before["rows"] and _now(sides, view, before["rows"]).empty:
            continue
        rows = _sampled(sides, view, sample, seed)
        kept[view.name] = {"code": code, "build_id": sides.folder.name, "rows": rows}
    return kept


def _views(sides: Sides) -> list["FeatureView"]:
    """Return the views of marts: vectors are made by encoders, and name theirs."""
    views = sorted(sides.store.list_feature_views(), key=lambda view: str(view.name))
    return [
        view
        for view in views
        if Path(view.batch_source.path).parent == sides.marts
        and not (view.online and view.stream_source)
        and sides.table(view).path.exists()
    ]


def _table(sides: Sides, view: "FeatureView") -> FeatureTable:
    return replace(sides.table(view), earliest=EARLIEST)  # a past row may be as old as it likes


def _sampled(sides: Sides, view: "FeatureView", sample: int, seed: int) -> list[dict[str, Any]]:
    table = _table(sides, view)
    dated = replace(table, features=()).rows(sides.now).to_pandas()
    past = dated[dated[table.moment] < pd.Timestamp(sides.now)].drop_duplicates()
    past = past.sort_values([*table.keys, table.moment])
    if past.empty:
        return []
    chosen = past.sample(min(sample, len(past)), random_state=seed)
    return _as_rows(view, _read(table, chosen, sides.now))


def _now(sides: Sides, view: "FeatureView", rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return what the mart says now of the keys and moments of `rows`, those that it still has."""
    table = _table(sides, view)
    chosen = pd.DataFrame([row["keys"] for row in rows], columns=list(table.keys))
    chosen[table.moment] = pd.to_datetime([row["moment"] for row in rows])
    return _read(table, chosen, sides.now)


def _read(table: FeatureTable, chosen: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return the rows of `chosen` keys and moments, indexed by both."""
    only = {key: chosen[key].drop_duplicates().tolist() for key in table.keys}
    rows = table.dated(now, only)
    wanted = pd.MultiIndex.from_frame(chosen[[*table.keys, table.moment]])
    return rows[rows.index.isin(wanted)]


def _as_rows(view: "FeatureView", frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"keys": keys, "moment": moment, "values": values}
        for keys, moment, values in _plain_rows(view, frame)
    ]


def _plain_rows(
    view: "FeatureView", frame: pd.DataFrame
) -> Iterator[tuple[dict[str, str], str, dict[str, Any]]]:
    names = [str(name) for name in frame.index.names[:-1]]
    for (*ids, moment), row in zip(frame.index, frame.to_dict("records"), strict=True):
        keys = dict(zip(names, map(str, ids), strict=True))
        values = {
            str(field.name): plain(row[field.name], str(field.dtype)) for field in view.features
        }
        yield keys, pd.Timestamp(moment).isoformat(), values


def _differing(
    view: "FeatureView", before: Sequence[Mapping[str, Any]], now: pd.DataFrame
) -> Iterator[Redefined]:
    """Yield each feature of which any value differs; one that was not there before is new."""
    known = {_identity(row["keys"], row["moment"]): row["values"] for row in before}
    pairs = [
        (keys, moment, known[_identity(keys, moment)], values)
        for keys, moment, values in _plain_rows(view, now)
    ]
    for field in view.features:
        both = [pair for pair in pairs if field.name in pair[2]]
        other = [pair for pair in both if pair[2][field.name] != pair[3][field.name]]
        if other:
            keys, moment, was, values = other[0]
            yield Redefined(
                view=view.name,
                feature=field.name,
                rows=len(both),
                differing=len(other),
                keys=keys,
                moment=moment,
                before=was[field.name],
                now=values[field.name],
            )


def _identity(keys: Mapping[str, str], moment: str) -> tuple[str, ...]:
    return (*keys.values(), moment)
