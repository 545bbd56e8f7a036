"""Whether the marts still say of past moments what they said when the gate last passed.

What is served, joined and published is read from the same marts, so none of them can tell that the
transform which makes the marts was changed. Values of moments gone by can: they change with late
data, a few of them and while the code stays, or because a feature has another meaning now.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from aisle.core.published_features import dated
from aisle.serving.parity import Sides, named, plain

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation
    from feast import FeatureView

log = logging.getLogger(__name__)

# Late data may come in the same build as changed code. It touches fewer rows than this.
TOLERATED = 0.02
# A mart of so few past moments has moved them on: rows of pairs exist at the cutoffs of trainings.
FEW_MOMENTS = 8
ROW, KEYS = "(row)", "(keys)"  # where no feature differs, but whether there is a row, and whose
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
        return (
            f"{self.view}.{self.feature}: {self.differing} of {self.rows} past rows differ, "
            f"such as {named(self.keys)} as of {self.moment}: was {self.before!r}, is {self.now!r}"
        )


@dataclass(frozen=True)
class Marts:
    """The sides of a comparison, and one publication's marts to read the past in."""

    sides: Sides
    connection: "DuckDBPyConnection"

    def of(self, view: "FeatureView") -> "DuckDBPyRelation":
        """Return the mart of a view."""
        return self.connection.table(self.sides.table(view).path.stem)


def compare_past(marts: Marts, remembered: Remembered, code: str | None) -> Iterator[Redefined]:
    """Yield the features that the code of the transform, changed since, gives another meaning.

    `code` is the fingerprint of what made the current marts. Where it is the remembered one, what
    differs is late data, and only counted in the log.
    """
    for view in _views(marts.sides):
        before = remembered.get(view.name)
        if before is None or not before["rows"]:
            continue
        found = list(_differing(marts, view, before["rows"]))
        if before["code"] != code:
            yield from (one for one in found if one.differing > TOLERATED * one.rows)
        elif found:
            log.info("%s: late data changed past values of %d features", view.name, len(found))


def remember(
    marts: Marts, remembered: Remembered, code: str | None, sample: int, seed: int
) -> dict[str, Any]:
    """Return `sample` random past rows of each view, as JSON can hold them.

    A view of which no remembered row is left keeps what was remembered: pairs have rows at the
    cutoffs of trainings, which are the same moments again some weeks later.
    """
    kept = dict(remembered)
    for view in _views(marts.sides):
        before = remembered.get(view.name)
        if before and before["rows"] and _is_between_cutoffs(marts, view, before["rows"]):
            continue
        rows = _sampled(marts, view, sample, seed)
        kept[view.name] = {"code": code, "build_id": marts.sides.folder.name, "rows": rows}
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


def _sampled(marts: Marts, view: "FeatureView", sample: int, seed: int) -> list[dict[str, Any]]:
    """Return rows of a mart from before now, those whose keys hash lowest with a seed."""
    table = marts.sides.table(view)
    columns = [ColumnExpression(name) for name in (*table.keys, table.moment)]
    chance = FunctionExpression("hash", *columns, ConstantExpression(seed))
    past = marts.of(view).filter(columns[-1] < ConstantExpression(marts.sides.now))
    chosen = past.select(*columns).sort(chance, *columns).limit(sample).df()
    return _as_rows(view, _read(marts, view, chosen))


def _now(marts: Marts, view: "FeatureView", rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return what the mart says now of the keys and moments of `rows`, those that it still has."""
    table = marts.sides.table(view)
    chosen = pd.DataFrame([row["keys"] for row in rows], columns=list(table.keys))
    chosen[table.moment] = pd.to_datetime([row["moment"] for row in rows])
    return _read(marts, view, chosen)


def _read(marts: Marts, view: "FeatureView", chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `chosen` keys and moments, indexed by both."""
    table = marts.sides.table(view)
    names = [*table.keys, table.moment]
    if chosen.empty:
        return pd.DataFrame(columns=[*names, *table.features]).set_index(names)
    any_of = (
        ColumnExpression(name).isin(
            *(ConstantExpression(value) for value in dict.fromkeys(chosen[name]))
        )
        for name in names
    )
    found = marts.of(view).filter(reduce(and_, any_of))
    columns = dict.fromkeys([*names, *table.features])
    rows = dated(found.select(*map(ColumnExpression, columns)).to_arrow_table(), names)
    return rows[rows.index.isin(pd.MultiIndex.from_frame(chosen[names]))]


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
    marts: Marts, view: "FeatureView", before: Sequence[Mapping[str, Any]]
) -> Iterator[Redefined]:
    """Yield each feature of which any value differs; one that was not there before is new."""
    table = marts.sides.table(view)
    if set(before[0]["keys"]) != set(table.keys):
        yield _redefined(view, KEYS, [(before[0], list(before[0]["keys"]), list(table.keys))], 1)
        return
    now = {
        _identity(keys, moment): values
        for keys, moment, values in _plain_rows(view, _now(marts, view, before))
    }
    there = [row for row in before if _identity(row["keys"], row["moment"]) in now]
    lost = [(row, "there", "missing") for row in _lost(marts, view, before, now)]
    if lost:
        yield _redefined(view, ROW, lost, len(there) + len(lost))
    for field in view.features:
        both = [
            (row, row["values"][field.name], now[_identity(row["keys"], row["moment"])][field.name])
            for row in there
            if field.name in row["values"]
        ]
        if other := [one for one in both if one[1] != one[2]]:
            yield _redefined(view, str(field.name), other, len(both))


def _redefined(
    view: "FeatureView", feature: str, other: list[tuple[Mapping[str, Any], Any, Any]], rows: int
) -> Redefined:
    row, before, now = other[0]
    return Redefined(
        view=view.name,
        feature=feature,
        rows=rows,
        differing=len(other),
        keys=row["keys"],
        moment=row["moment"],
        before=before,
        now=now,
    )


def _lost(
    marts: Marts,
    view: "FeatureView",
    before: Sequence[Mapping[str, Any]],
    now: Mapping[tuple[str, ...], Any],
) -> list[Mapping[str, Any]]:
    """Return the rows that are there no more, of moments that the mart has not moved on from."""
    moments = _past_moments(marts, view)
    return [
        row
        for row in before
        if _identity(row["keys"], row["moment"]) not in now
        and (row["moment"] in moments or len(moments) > FEW_MOMENTS)
    ]


def _is_between_cutoffs(
    marts: Marts, view: "FeatureView", before: Sequence[Mapping[str, Any]]
) -> bool:
    moments = _past_moments(marts, view)
    return len(moments) <= FEW_MOMENTS and not moments & {row["moment"] for row in before}


def _past_moments(marts: Marts, view: "FeatureView") -> set[str]:
    moment = ColumnExpression(marts.sides.table(view).moment)
    past = marts.of(view).filter(moment < ConstantExpression(marts.sides.now))
    return {pd.Timestamp(at).isoformat() for (at,) in past.select(moment).distinct().fetchall()}


def _identity(keys: Mapping[str, str], moment: str) -> tuple[str, ...]:
    return (*(keys[name] for name in sorted(keys)), moment)
