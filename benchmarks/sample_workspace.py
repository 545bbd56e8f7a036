"""The whole sample, published and frozen, for benchmarks that fit models on it."""

import logging
import os
import subprocess
import sys
from pathlib import Path

log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
BUILD = "quality"
STEPS = (
    ("sample", "--users", "0"),
    ("load-raw",),
    ("fix-ceiling", "--build", BUILD),
    ("check", "raw", "--build", BUILD),
    ("transform", "--build", BUILD),
    ("check", "marts", "--build", BUILD),
    ("publish", "--build", BUILD),
    ("embed-items", "--run", BUILD),
    ("apply-features",),
)


def frozen_sample(home: Path) -> Path:
    """Return a snapshot of the workspace `home`; the sample is built first if it is not there."""
    if not (home / "published" / "current").exists():
        for step in STEPS:
            run_aisle(home, *step)
    run_aisle(home, "train", "snapshot", "--run", BUILD)
    return home / "training" / BUILD / "snapshot"


def run_aisle(home: Path, *arguments: str) -> None:
    """Run one command of Aisle in a workspace, with no other setting than the defaults."""
    log.info("aisle %s", " ".join(arguments))
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    subprocess.run([AISLE, *arguments], env=inherited | {"AISLE_HOME": str(home)}, check=True)
