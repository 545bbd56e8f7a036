"""Files of recommendations: Parquet, CSV or JSON lines by suffix, written batch by batch."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aisle.core.columns import (
    AS_OF,
    FALLBACK,
    GENERATED_AT,
    ITEM_ID,
    MODEL_VERSION,
    RANK,
    SCORE,
    SOURCE,
    TITLE,
    USER_ID,
)
from aisle.core.errors import AisleError
from aisle.core.files import new_file

Write = Callable[[pd.DataFrame], None]

FORMULA = r"^(?=[=+\-@\t\r])"  # how a cell begins that a spreadsheet would run
ITEM_IDS = "item_ids"
SCORES = "scores"

LIST_SCHEMA = pa.schema(
    [
        (USER_ID, pa.string()),
        (RANK, pa.int64()),
        (ITEM_ID, pa.string()),
        (TITLE, pa.string()),
        (SCORE, pa.float64()),
        (SOURCE, pa.string()),
        (FALLBACK, pa.string()),
        (MODEL_VERSION, pa.string()),
        (AS_OF, pa.timestamp("us", tz="UTC")),
    ]
)
POPULAR_SCHEMA = LIST_SCHEMA.remove(LIST_SCHEMA.get_field_index(USER_ID))
BY_USER_SCHEMA = pa.schema(
    [
        (USER_ID, pa.string()),
        (ITEM_IDS, pa.list_(pa.string())),
        (SCORES, pa.list_(pa.float32())),
        (FALLBACK, pa.string()),
        (MODEL_VERSION, pa.string()),
        (AS_OF, pa.timestamp("us", tz="UTC")),
        (GENERATED_AT, pa.timestamp("us", tz="UTC")),
    ]
)


def require_format(path: Path) -> None:
    """Refuse a file whose name does not say a format that lists can have."""
    if path.suffix not in FORMATS:
        raise AisleError(
            f"--out {path}: the name must end with {', '.join(FORMATS)}, which says the format; "
            f"this one ends with {path.suffix or 'none'}."
        )
    if path.is_dir():
        raise AisleError(f"--out {path} is a folder: name a file in it.")


@contextmanager
def new_list_file(path: Path) -> Iterator[Write]:
    """Yield what appends rows; the file appears when the block ends well, whole or not at all."""
    try:
        with new_file(path) as draft, FORMATS[path.suffix](draft) as write:
            yield write
    except OSError as error:
        raise AisleError(
            f"Cannot write {path}: {error.strerror or error}. Nothing was written there."
        ) from error


@contextmanager
def parquet_file(path: Path, schema: pa.Schema = LIST_SCHEMA) -> Iterator[Write]:
    """Yield what appends rows to a Parquet file, one row group at a time."""
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:

        def write(rows: pd.DataFrame) -> None:
            writer.write_table(pa.Table.from_pandas(rows, schema=schema, preserve_index=False))

        yield write


@contextmanager
def csv_file(path: Path) -> Iterator[Write]:
    """Yield what appends rows to a CSV file (UTF-8, a header, empty where nothing is known).

    A title that a spreadsheet would run as a formula gets an apostrophe before it; ids stay as
    they are, because other tools look them up.
    """
    with path.open("w", encoding="utf-8", newline="") as file:

        def write(rows: pd.DataFrame) -> None:
            without_formulas(rows).to_csv(file, index=False, header=file.tell() == 0)

        yield write


def without_formulas(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with an apostrophe before each title that begins as a formula does."""
    titles = [column for column in rows.columns if column.startswith(TITLE)]
    safe = [rows[title].astype("string").str.replace(FORMULA, "'", regex=True) for title in titles]
    return rows.assign(**dict(zip(titles, safe, strict=True)))


@contextmanager
def json_lines_file(path: Path) -> Iterator[Write]:
    """Yield what appends rows to a file of one JSON object a line."""
    with path.open("w", encoding="utf-8") as file:

        def write(rows: pd.DataFrame) -> None:
            rows.to_json(file, orient="records", lines=True, date_format="iso", force_ascii=False)

        yield write


FORMATS: dict[str, Callable[[Path], AbstractContextManager[Write]]] = {
    ".parquet": parquet_file,
    ".csv": csv_file,
    ".jsonl": json_lines_file,
}
