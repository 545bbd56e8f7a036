"""Fits a family on the dataset pickled by the test that starts this, keeping its checkpoints."""

import pickle
import sys
from pathlib import Path

from training.models.families import build
from training.models.neural.checkpoint import checkpoints_in

if __name__ == "__main__":
    family, params, dataset = pickle.loads(Path(sys.argv[1]).read_bytes())
    with checkpoints_in(Path(sys.argv[2])):
        build(family, params).fit(dataset)
