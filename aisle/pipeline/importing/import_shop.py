"""Imports a shop's files as one delivery that appears whole or not at all."""

import hashlib
from dataclasses import dataclass, field

import duckdb

from aisle.core.errors import AisleError
from aisle.core.landing import QUARANTINE, delivery
from aisle.core.settings import Settings
from aisle.pipeline.importing.judging import (
    Count,
    Reason,
    count_reasons,
    count_repeated,
    count_rows,
    judge,
    spelled_times,
)
from aisle.pipeline.importing.mapping import Kind, Mapping
from aisle.pipeline.importing.received import received_at
from aisle.pipeline.importing.scratch import Scratch, scratch
from aisle.pipeline.importing.source import find_files, recognise
from aisle.pipeline.importing.staging import ShopFile, Watch, open_file, stage
from aisle.pipeline.importing.writing import write_events, write_records, write_refused

ORDER: tuple[Kind, ...] = ("products", "customers", "events")
SHARED = "it is kept as shop_order_id, and each user's rows are an order of their own"


@dataclass(frozen=True)
class Request:
    """What to import: names and globs of each kind of file, and how to read them."""

    files: dict[Kind, list[str]]
    mapping: Mapping = field(default_factory=Mapping)


@dataclass(frozen=True)
class Imported:
    """What came of an import, for a person to check."""

    name: str
    counts: list[Count]
    reasons: list[Reason]
    notes: list[str]
    events: int


Opened = dict[Kind, list[ShopFile]]


def import_shop(settings: Settings, request: Request, watch: Watch) -> Imported:
    """Land the files in one delivery named after their content, so a second time replaces it.

    Every row lands or is quarantined with its reason; a file that cannot be understood, or of
    which no row can be used, refuses the whole import and nothing is written.
    """
    opened, name = _open_all(request, watch)
    with scratch(settings) as place:
        work = _Work(place, name, request.mapping, received_at(settings.landing, name), watch)
        parts = [work.import_kind(kind, files) for kind, files in opened.items()]
        watch("landing", 0)
        with delivery(settings.landing) as folder:
            for landed in place.landing.iterdir():
                landed.rename(folder / landed.name)
        watch("landing", 1)
    return Imported(
        name,
        [count for part in parts for count in part.counts],
        [reason for part in parts for reason in part.reasons],
        [note for part in parts for note in part.notes],
        sum(part.events for part in parts),
    )


@dataclass(frozen=True)
class _Part:
    """What came of one kind."""

    counts: list[Count]
    reasons: list[Reason]
    notes: list[str]
    events: int = 0


@dataclass(frozen=True)
class _Work:
    """One import under way."""

    place: Scratch
    name: str
    mapping: Mapping
    received_at: str
    watch: Watch

    def import_kind(self, kind: Kind, files: list[ShopFile]) -> _Part:
        """Stage, judge and write one kind; return what came of it."""
        connection = self.place.connection
        read = stage(connection, kind, files, self.watch)
        self.watch(f"reading times and numbers of {kind}", 0)
        buckets = judge(connection, kind, files, self.mapping.of(kind))
        counts, reasons = count_rows(connection, kind, files, read), count_reasons(connection, kind)
        _refuse_nothing_usable(kind, counts, reasons)
        notes = _notes(connection, kind, files, self.mapping)
        if any(count.quarantined for count in counts):
            path = self.place.landing / QUARANTINE / f"{self.name}.jsonl.gz"
            write_refused(connection, kind, files, path)
        events, more = self._write_accepted(kind, buckets, sum(count.landed for count in counts))
        return _Part(counts, reasons, [*notes, *more], events)

    def _write_accepted(self, kind: Kind, buckets: int, expected: int) -> tuple[int, list[str]]:
        """Write what was accepted; return events and notes. Each accepted row must be in a file."""
        connection, folder = self.place.connection, self.place.landing / kind
        events, notes = 0, []
        if kind == "events":
            rows, events, shared = write_events(
                connection, folder / self.name, buckets, self.received_at, self.watch
            )
            if shared:
                notes.append(f"{shared:,} orders of several users share an order_id: {SHARED}")
        else:
            rows = write_records(connection, folder / f"{self.name}.jsonl.gz")
        if rows != expected:
            raise AisleError(
                f"{expected:,} rows of {kind} were accepted and {rows:,} written, which is a "
                "mistake of Aisle: nothing was imported."
            )
        return events, notes


def _open_all(request: Request, watch: Watch) -> tuple[Opened, str]:
    """Return all files, recognised, and the name of their delivery."""
    digest = hashlib.sha256(request.mapping.model_dump_json().encode())
    opened: Opened = {}
    for kind in ORDER:
        paths = find_files(request.files.get(kind, []))
        names = [path.name for path in paths]
        for path in paths:
            watch(f"opening {path.name}", 0)
            name = path.name if names.count(path.name) == 1 else str(path)
            file = open_file(kind, recognise(path), name, request.mapping.of(kind))
            opened.setdefault(kind, []).append(file)
            with path.open("rb") as raw:
                content = hashlib.file_digest(raw, "sha256").hexdigest()
            digest.update(f"{kind} {content}\n".encode())
    if not opened:
        raise AisleError("There is nothing to import: give --events, --products or --customers.")
    return opened, f"import-{digest.hexdigest()[:16]}"


def _refuse_nothing_usable(kind: Kind, counts: list[Count], reasons: list[Reason]) -> None:
    if any(count.landed for count in counts):
        return
    told = "\n".join(f"  {reason.rows:,} rows: {reason.example}" for reason in reasons)
    raise AisleError(
        f"No row of {kind} can be used, so nothing was imported:\n{told}\n"
        "Check the columns and say what they are in a mapping file (--mapping)."
    )


def _notes(
    connection: duckdb.DuckDBPyConnection, kind: Kind, files: list[ShopFile], mapping: Mapping
) -> list[str]:
    """Return what was recognised, for a person to check."""
    notes = []
    for file in files:
        notes.append(f"{file.name}: {file.columns.describe()}")
        if file.reader.note:
            notes.append(f"{file.name}: {file.reader.note}")
    if forms := spelled_times(connection):
        zone = mapping.of(kind).time_zone
        notes.append(f"times of {kind}: {', '.join(forms)}; those without a zone are in {zone}")
    if repeated := 0 if kind == "events" else count_repeated(connection):
        notes.append(f"{repeated:,} ids of {kind} occur more than once: the newest version counts")
    return notes
