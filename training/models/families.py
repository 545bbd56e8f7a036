"""Which families of models there are, by the name that recipes and saved models use."""

from pathlib import Path

from training.models.base import Params, Recommender


def build(family: str, params: Params) -> Recommender:
    """Return an unfitted model of `family`."""
    raise NotImplementedError


def load_recommender(folder: Path) -> Recommender:
    """Return the fitted model saved in `folder`, whatever its family."""
    raise NotImplementedError
