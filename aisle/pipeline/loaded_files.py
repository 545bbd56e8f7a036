"""Which files of the landing zone are loaded; only what is new or changed is read to tell."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from aisle.core.landing import landed_files
from aisle.core.warehouse import run_script

SQL = Path(__file__).parent


@dataclass(frozen=True)
class LandedFile:
    """A file of the landing zone; size and time of change as they were when it was read."""

    path: Path
    name: str
    content_hash: str
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class LoadedFiles:
    """What batches have loaded: contents by path, and how those files looked then."""

    contents: set[tuple[str, str]]
    looks: set[tuple[str, int | None, int | None]]  # null: loaded by an earlier version


@dataclass(frozen=True)
class NewFiles:
    """What a batch has to load, and loaded files that only look new (touched, copied back)."""

    to_load: list[LandedFile]
    known: list[LandedFile]


NOTHING = LoadedFiles(set(), set())


def read_loaded_files(connection: duckdb.DuckDBPyConnection) -> LoadedFiles:
    """Return what is loaded, also from a warehouse that an earlier version wrote."""
    found = connection.execute("select * from raw.loaded_files").fetchall()
    columns = [column[0] for column in connection.description or []]
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    return LoadedFiles(
        {(row["path"], row["content_hash"]) for row in rows},
        {(row["path"], row.get("size_bytes"), row.get("modified_ns")) for row in rows},
    )


def new_files(landing: Path, kind: str, loaded: LoadedFiles) -> NewFiles:
    """Return the files of one kind whose content no batch has loaded from there.

    A file that has the size and time it was loaded with is not read again.
    """
    to_load: list[LandedFile] = []
    known: list[LandedFile] = []
    for path in landed_files(landing, kind):
        name = str(path.relative_to(landing))
        status = path.stat()
        if (name, status.st_size, status.st_mtime_ns) in loaded.looks:
            continue
        file = LandedFile(path, name, _content_hash(path), status.st_size, status.st_mtime_ns)
        (known if (name, file.content_hash) in loaded.contents else to_load).append(file)
    return NewFiles(to_load, known)


def remember(connection: duckdb.DuckDBPyConnection, files: NewFiles, batch_id: int) -> None:
    """Note what this batch loaded, and how known files look now."""
    if found := [*files.to_load, *files.known]:
        columns = ("name", "content_hash", "size_bytes", "modified_ns")
        seen = {column: [getattr(file, column) for file in found] for column in columns}
        connection.register("seen_files", pa.table(seen))
        run_script(connection, SQL / "remember_files.sql", {"batch_id": batch_id})
        connection.unregister("seen_files")


def _content_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
