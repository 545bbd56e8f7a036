"""The whole sample, published and frozen, for benchmarks that fit models on it."""

import argparse
import logging
import os
import subprocess
import sys
from pathlib import Path

from aisle.core.settings import REPOSITORY
from training.dataset import Snapshot, read_snapshot

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


def asked_snapshot(description: str | None) -> Snapshot:
    """Return the snapshot that the command line names, else that of its workspace."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--home",
        type=Path,
        default=REPOSITORY / ".aisle-quality" / "home",
        help="a workspace with the published sample",
    )
    parser.add_argument("--snapshot", type=Path, help="a frozen snapshot, instead of the home's")
    asked = parser.parse_args()
    return read_snapshot(asked.snapshot or frozen_sample(asked.home.resolve()))


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
