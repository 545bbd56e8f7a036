"""Prove that a registered version can serve: its files are as registered, it loads and answers."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.core.artifact import DOCUMENT, file_checksum
from aisle.core.errors import AisleError
from training.versions import download_version

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

CHECKSUM_TAG = "model_sha256"  # of artifact.json, which holds the checksums of all arrays
ARRAYS = Path("artifacts") / "model"  # of a downloaded version
LONGEST_SECONDS = 300
# In a process of its own, so that the version runs the code it carries, not the code of this one.
ANSWER = """
import sys, mlflow
model = mlflow.pyfunc.load_model(sys.argv[1])
answer = model.predict(model.input_example)
assert len(answer) > 0, "it recommends nothing to the users of its input example"
"""


def prove(version: "ModelVersion") -> None:
    """Refuse a version that cannot serve, and say why."""
    number = str(version.version)
    with tempfile.TemporaryDirectory(prefix="aisle-version-") as folder:
        try:
            copied = download_version(number, Path(folder))
        except Exception as error:  # a lost file, a server that is down, a full disk
            raise _refused(number, f"its files cannot be read: {error}") from error
        _compare_checksum(version, copied / ARRAYS / DOCUMENT)
        _let_answer(number, copied, folder)


def _compare_checksum(version: "ModelVersion", document: Path) -> None:
    expected = version.tags.get(CHECKSUM_TAG)
    if (
        expected is None
    ):  # registered by hand or by an older release: loading has to be proof enough
        return
    if not document.is_file():
        raise _refused(str(version.version), f"its {DOCUMENT} is missing")
    if file_checksum(document) != expected:
        raise _refused(str(version.version), f"its {DOCUMENT} is not the one that was registered")


def _let_answer(number: str, copied: Path, folder: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        ran = subprocess.run(
            [sys.executable, "-c", ANSWER, str(copied)],
            cwd=folder,
            env=environment | {"MLFLOW_DISABLE_TELEMETRY": "true"},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(number, f"it did not answer within {LONGEST_SECONDS} s") from error
    if ran.returncode != 0:
        lines = ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"]
        raise _refused(number, f"it does not load and answer: {lines[-1]}")


def _refused(number: str, reason: str) -> AisleError:
    return AisleError(
        f"Version {number} cannot serve: {reason}. The champion stays as it is; choose another "
        "version (`aisle history`) or train a new one."
    )
