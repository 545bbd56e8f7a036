"""Which families of models there are, by the name that recipes and saved models use."""

from difflib import get_close_matches
from pathlib import Path

from aisle.core.artifact import load_artifact
from aisle.core.errors import AisleError
from training.models.als import ImplicitALS
from training.models.base import Params, Recommender
from training.models.blend import HybridBlend
from training.models.bpr import ImplicitBPR
from training.models.catalogue import CatalogueRecommender
from training.models.content_affinity import ContentAffinity
from training.models.content_similarity import ContentSimilarity
from training.models.ease import Ease
from training.models.item_knn import ItemKNN
from training.models.lightfm_hybrid import LightFMHybrid
from training.models.lightfm_pure import LightFMPure
from training.models.neural.neumf import NeuMF
from training.models.neural.sequences import GRU4Rec, SASRec
from training.models.neural.two_tower import TwoTower
from training.models.personal_frequency import PersonalFrequency
from training.models.popularity import RecentPopularity
from training.models.segment_popularity import SegmentPopularity
from training.models.svd import TruncatedSVD
from training.models.tifu_knn import TifuKNN
from training.models.trending import Trending
from training.models.two_stage.recommender import TwoStageLinear, TwoStageTrees
from training.models.up_cf import UpCF

FAMILIES: dict[str, type[CatalogueRecommender]] = {
    model.family: model
    for model in (
        RecentPopularity,
        Trending,
        SegmentPopularity,
        PersonalFrequency,
        ContentSimilarity,
        TifuKNN,
        UpCF,
        ItemKNN,
        TruncatedSVD,
        ImplicitALS,
        ImplicitBPR,
        Ease,
        LightFMPure,
        LightFMHybrid,
        HybridBlend,
        TwoStageLinear,
        TwoStageTrees,
        ContentAffinity,
        NeuMF,
        TwoTower,
        GRU4Rec,
        SASRec,
    )
}


def build(family: str, params: Params, *, threads: int = 1) -> Recommender:
    """Return an unfitted model of `family` that may fit on so many threads."""
    return family_named(family)(params, threads=threads)


def load_recommender(folder: Path) -> Recommender:
    """Return the fitted model saved in `folder`, whatever its family."""
    document, _ = load_artifact(folder)
    return family_named(str(document.get("family"))).load(folder)


def family_named(name: str) -> type[CatalogueRecommender]:
    """Return the class of a family."""
    if name not in FAMILIES:
        close = get_close_matches(name, FAMILIES, n=1)
        closest = f" (did you mean {close[0]!r}?)" if close else ""
        raise AisleError(
            f"Unknown model family {name!r}{closest}: training/models/README.md lists all."
        )
    return FAMILIES[name]
