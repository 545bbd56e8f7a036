"""Where an encoder's weights are: a folder, or the hub at a commit that never moves."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from aisle.core.artifact import file_checksum
from aisle.core.errors import AisleError

HUB = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)@(?P<commit>[0-9a-f]{40})")
# `transformers` reads safetensors, so that no weights are unpickled.
SAFE = {"use_safetensors": True, "trust_remote_code": False}


@dataclass(frozen=True)
class Weights:
    """`location` is a folder or a hub repository; `commit` is None for a folder."""

    name: str
    location: str
    revision: str
    commit: str | None = None

    @property
    def arguments(self) -> dict[str, object]:
        """What `from_pretrained` needs beside the location; a folder is never looked up online."""
        return {"revision": self.commit, "local_files_only": self.commit is None}


def find_weights(value: str, setting: str) -> Weights:
    """Return the weights that a setting names: a folder, or `owner/name@commit` (40 digits)."""
    hub = HUB.fullmatch(value)
    if hub:
        name = hub["repository"].split("/")[-1]
        return Weights(name, hub["repository"], hub["commit"], hub["commit"])
    folder = Path(value).expanduser()
    if not (folder / "config.json").is_file():
        raise AisleError(
            f"{setting}={value} names no weights: give a folder that holds config.json, or a hub "
            "repository at a full commit, owner/name@0123…(40 hexadecimal digits)."
        )
    folder = folder.resolve()
    return Weights(f"{folder.parent.name}/{folder.name}", str(folder), _checksum(folder))


def unreachable(weights: Weights, error: Exception) -> AisleError:
    """Return what to say when weights cannot be loaded."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return AisleError(
        f"The weights {weights.location} at {weights.revision[:12]} cannot be loaded ({first}): "
        "check the network, or copy them into a folder and name the folder in the setting."
    )


def _checksum(folder: Path) -> str:
    """Return a hash of every file's name and content."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{path.relative_to(folder)} {file_checksum(path)}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
