import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from aisle.core.landing import QUARANTINE, landed_files
from aisle.core.settings import Settings
from aisle.pipeline.importing.import_shop import Imported, Request, import_shop
from aisle.pipeline.importing.mapping import Kind, read_mapping


@dataclass(frozen=True)
class Shop:
    """A shop's files, and what an import makes of them."""

    settings: Settings
    folder: Path

    def file(self, name: str, content: str | bytes) -> str:
        """Write a file of the shop; return its name."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def imports(self, mapping: dict[str, Any] | None = None, **contents: str | bytes) -> Imported:
        """Import one file of each kind given, CSV by name; return what came of it."""
        files: dict[Kind, list[str]] = {}
        for kind, content in contents.items():
            files[kind] = [self.file(f"{kind}.csv", content)]  # type: ignore[index]
        return self.imports_files(files, mapping)

    def imports_files(
        self, files: dict[Kind, list[str]], mapping: dict[str, Any] | None = None
    ) -> Imported:
        """Import these files."""
        path = None if mapping is None else Path(self.file("mapping.yaml", yaml.dump(mapping)))
        return import_shop(
            self.settings, Request(files, read_mapping(path)), lambda _step, _done: None
        )

    def landed(self, kind: str) -> list[dict[str, Any]]:
        """Return the records of one kind in the landing zone."""
        lines = [gzip.decompress(path.read_bytes()).splitlines() for path in self.files(kind)]
        return [json.loads(line) for part in lines for line in part]

    def refused(self) -> list[tuple[int, str, str]]:
        """Return line, reason and original text of each refused row."""
        rows = self.landed(QUARANTINE)
        return [(row["line_number"], row["reason"], row["original"]) for row in rows]

    def files(self, kind: str) -> list[Path]:
        """Return the landed files of one kind."""
        return landed_files(self.settings.landing, kind)

    def left_over(self) -> set[str]:
        """Return the names of all files in the workspace but the import's lock."""
        found = {path.name for path in self.settings.root.rglob("*") if path.is_file()}
        return found - {"lock"}


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Shop:
    """Return a shop without files and an empty workspace."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return Shop(settings, folder)
