"""Lend what a training learned of content to another shop: a folder that names nobody."""

import logging
from pathlib import Path

from aisle.core.errors import AisleError
from training.dataset import read_snapshot
from training.folder import TrainingFolder
from training.models.content_start import ContentVectors
from training.models.families import FAMILIES
from training.models.lightfm_inputs import lightfm_inputs
from training.models.lightfm_pure import LightFMPure
from training.models.warm_start import fitted
from training.results import read_result

log = logging.getLogger(__name__)


def lend(folder: TrainingFolder, recipe: str, to: Path, *, threads: int = 1) -> ContentVectors:
    """Return what was written to `to`: a vector for each word that items are told in.

    The recipe, as the training judged it, is fitted on all of the training's data for it.
    """
    result = read_result(folder, recipe)
    able = [name for name, family in FAMILIES.items() if family.starts_warm]
    if result.family not in able:
        raise AisleError(
            f"{recipe} is of the family {result.family}, which has no vectors to lend: take a "
            f"recipe of {', '.join(able)}."
        )
    if to.exists():
        raise AisleError(f"{to} is there already: name a folder that is not.")
    dataset = read_snapshot(folder.snapshot).dataset("end")
    has_features = result.family != LightFMPure.family
    inputs = lightfm_inputs(dataset, result.params, with_features=has_features)
    embeddings = fitted(result.family, dataset, inputs, result.params, threads=threads)
    lent = ContentVectors.learn(result.family, dataset, inputs, embeddings)
    lent.save(to)
    log.info("%d words of content are in %s", len(lent.words), to)
    return lent
