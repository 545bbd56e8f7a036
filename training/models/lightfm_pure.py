"""LightFM without features: plain matrix factorisation, to see what features are worth."""

import pandas as pd

from training.dataset import Dataset
from training.models.base import COLLABORATIVE, Params
from training.models.lightfm_hybrid import LightFMHybrid
from training.models.lightfm_inputs import LightFMInputs, lightfm_inputs


class LightFMPure(LightFMHybrid):
    """Knows only users and items with recent interactions; others get popularity, or rank last."""

    family = "lightfm_pure"
    source = COLLABORATIVE

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return nothing: features are not looked at."""
        return []

    @classmethod
    def _inputs(cls, dataset: Dataset, params: Params) -> LightFMInputs:
        """Return what LightFM is fitted on: identities alone."""
        return lightfm_inputs(dataset, params, with_features=False)
