"""What a file is: recognised by its first bytes and held against its name."""

import glob
import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from aisle.core.errors import AisleError

Form = Literal["delimited", "JSON lines", "Parquet"]
HEAD_BYTES = 4096
SUFFIXES: dict[str, Form] = {
    ".csv": "delimited", ".tsv": "delimited", ".tab": "delimited", ".psv": "delimited",
    ".jsonl": "JSON lines", ".ndjson": "JSON lines", ".json": "JSON lines",
    ".parquet": "Parquet", ".pq": "Parquet",
}  # fmt: skip
NAMES = {
    "delimited": "plain text, as CSV is",
    "JSON lines": "JSON lines (.jsonl)",
    "Parquet": "Parquet (.parquet)",
}
GZIP = b"\x1f\x8b"
FOREIGN = {
    b"PK\x03\x04": "a zip archive, as an Excel workbook (.xlsx) is: save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document: save the sheet as CSV",
    b"%PDF": "a PDF document: export the data as CSV",
    b"SQLite format 3": "an SQLite database: export the table as CSV",
    b"BZh": "compressed with bzip2: unpack it, or compress it with gzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it, or compress it with gzip",
    b"\xfd7zXZ": "compressed with xz: unpack it, or compress it with gzip",
}
MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")


@dataclass(frozen=True)
class Source:
    """One file of the shop, and what it really is."""

    path: Path
    form: Form
    is_gzip: bool

    @property
    def size_bytes(self) -> int:
        """The size on disk, compressed or not."""
        return self.path.stat().st_size

    @contextmanager
    def opened(self, progress: "ReadBytes | None" = None) -> Iterator[IO[bytes]]:
        """Yield the unpacked bytes; a gzip file that ends too early is said so."""
        with self.path.open("rb") as file:
            counted = cast("IO[bytes]", _Counted(file, progress)) if progress else file
            try:
                if self.is_gzip:
                    with gzip.open(counted, "rb") as unpacked:
                        yield cast("IO[bytes]", unpacked)
                else:
                    yield counted
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise AisleError(
                    f"{self.path} is not a whole gzip file ({error}): fetch it again. "
                    "Nothing was imported."
                ) from error


class ReadBytes:
    """Counts the bytes read of one file, for a progress bar."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.count = 0


class _Counted:
    """A binary file that tells how much of it was read."""

    def __init__(self, file: IO[bytes], progress: ReadBytes) -> None:
        self._file = file
        self._progress = progress

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._progress.count += len(piece)
        return piece

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def find_files(patterns: list[str]) -> list[Path]:
    """Return the files that names and globs stand for, each once, in a stable order."""
    files: dict[Path, Path] = {}
    for pattern in patterns:
        path = Path(pattern).expanduser()
        matches = [path] if path.exists() else sorted(map(Path, glob.glob(str(path))))
        if not matches:
            raise AisleError(f"There is no file {pattern}: check the name. Nothing was imported.")
        for match in matches:
            if not match.is_file():
                raise AisleError(
                    f"{match} is not a file; for all files of a folder write '{match}/*'."
                )
            files.setdefault(match.resolve(), match)
    return list(files.values())


def recognise(path: Path) -> Source:
    """Return what the file is, or refuse one that is empty, foreign or not what its name says."""
    head = _head(path)
    is_gzip = head.startswith(GZIP)
    name = path.name.lower()
    if name.endswith(".gz") and not is_gzip:
        raise _wrong(path, "not compressed with gzip: drop the .gz, or compress it")
    if is_gzip:
        head = _unpacked_head(path)
    form = _form(path, head)
    promised = SUFFIXES.get(Path(name.removesuffix(".gz")).suffix)
    if promised and promised != form:
        raise _wrong(path, f"{NAMES[form]}, so give it that name if it is right")
    return Source(path, form, is_gzip)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise AisleError(f"{path} cannot be read: {os.strerror(error.errno or 0)}.") from error
    if not head.strip():
        raise AisleError(f"{path} is empty. Nothing was imported.")
    return head


def _unpacked_head(path: Path) -> bytes:
    with Source(path, "delimited", True).opened() as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        raise AisleError(f"{path} is empty once unpacked. Nothing was imported.")
    return head


def _form(path: Path, head: bytes) -> Form:
    if head.startswith(b"PAR1"):
        return "Parquet"
    for magic, what in FOREIGN.items():
        if head.startswith(magic):
            raise _wrong(path, what)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:16].lower().startswith(MARKUP):
        raise _wrong(path, "a web page or XML, perhaps an error page saved as a file")
    plain = text.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    if plain.startswith(b"{"):
        return "JSON lines"
    if plain.startswith(b"[") and Path(path.name.removesuffix(".gz")).suffix in (".json", ".jsonl"):
        raise _wrong(path, "one JSON array: write one object a line (`jq -c '.[]'` does)")
    return "delimited"


def _wrong(path: Path, what: str) -> AisleError:
    return AisleError(f"{path} is not what its name says: it is {what}. Nothing was imported.")
