"""Embeddings come back as they were kept; anything else is refused with a reason."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from aisle.core.artifact import load_artifact, save_artifact
from aisle.core.errors import AisleError
from training.models.kept_embeddings import FIT, Kept
from training.models.lightfm_fit import Embeddings
from training.models.transfer import Learned

CUTOFF = datetime(2024, 3, 4, 5)
ONES = np.ones((2, 3), dtype=np.float32)


def kept(embeddings: Embeddings) -> Kept:
    return Kept(
        FIT, "lightfm_pure", CUTOFF, Learned(["id ü", "id b"], ["id 1", "id 2"], embeddings)
    )


def test_embeddings_come_back_with_their_names(tmp_path: Path) -> None:
    gradients = Embeddings(ONES, ONES, 7 * ONES[:, 0])
    folder = kept(Embeddings(ONES, 2 * ONES, ONES[:, 0], gradients)).save(tmp_path)
    found = Kept.read(folder)
    assert (found.kind, found.family, found.cutoff) == (FIT, "lightfm_pure", CUTOFF)
    assert (found.learned.user_names, found.learned.item_names) == (
        ["id ü", "id b"],
        ["id 1", "id 2"],
    )
    np.testing.assert_array_equal(found.learned.embeddings.item_features, 2 * ONES)
    assert found.components == 3
    assert found.learned.embeddings.gradients is not None
    np.testing.assert_array_equal(found.learned.embeddings.gradients.item_biases, [7, 7])


@pytest.mark.parametrize(
    ("embeddings", "reason"),
    [
        (Embeddings(ONES[:1], ONES, ONES[:, 0]), "not a row of user_features"),
        (Embeddings(ONES, ONES, ONES[0]), "not a bias"),
        (Embeddings(ONES, ONES[:, :2], ONES[:, 0]), "differ in length"),
        (Embeddings(ONES * np.nan, ONES, ONES[:, 0]), "finite"),
        (Embeddings(ONES, ONES, ONES[:, 0], Embeddings(ONES, ONES[:1], ONES[:, 0])), "gradients"),
        (Embeddings(ONES, ONES, ONES[:, 0], Embeddings(ONES, ONES, np.inf * ONES[:, 0])), "finite"),
        (Embeddings(ONES.astype(float), ONES, ONES[:, 0]), "float32"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(
    tmp_path: Path, embeddings: Embeddings, reason: str
) -> None:
    with pytest.raises(AisleError, match=reason):
        Kept.read(kept(embeddings).save(tmp_path))


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match=r"artifact\.json"):
        Kept.read(tmp_path)
    other = save_artifact(tmp_path / "model", {"family": "als"}, {"user_vectors": ONES})
    with pytest.raises(AisleError, match="it has no 'user_features'"):
        Kept.read(other)
    folder = kept(Embeddings(ONES, ONES, ONES[:, 0])).save(tmp_path)
    document, arrays = load_artifact(folder)
    for wrong in ({"cutoff": "soon"}, {"cutoff": None}, {"kind": "guess"}):
        save_artifact(folder, {**document, **wrong}, arrays)
        with pytest.raises(AisleError, match="does not hold the embeddings"):
            Kept.read(folder)
