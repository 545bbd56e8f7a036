"""One shop lends what it learned of content; another's fits begin with it, or say why not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.errors import AisleError
from aisle.core.windows import windows
from tests.unit.training.growing_shop import (
    FIRST,
    HORIZON_DAYS,
    HYBRID,
    PURE,
    TASTES,
    fitted,
    planned,
    shop,
)
from training.dataset import read_snapshot, write_snapshot
from training.evaluate import refit
from training.folder import TrainingFolder
from training.lending import lend
from training.models.content_start import ContentVectors
from training.models.lightfm_fit import fit_epochs
from training.models.lightfm_inputs import lightfm_inputs
from training.recipes import Recipe
from training.rivals import CHAMPION, Champion
from training.starts import read_plan, starting

LENDER = Recipe("pure", "lightfm_pure", {**PURE, "warm_start": False})
RULE = Recipe("popular", "popularity", {"window_days": 28})


def opened(home: Path, name: str, renamed: str = "", column: str = "category") -> TrainingFolder:
    """Return a training of a shop whose items and users are called otherwise.

    Items are of the six tastes' kinds; the words of another column are of another world.
    """
    folder = TrainingFolder(name, home / name)
    cuts = windows(FIRST, HORIZON_DAYS)
    tables = shop(FIRST, cuts=tuple(cuts.cutoffs.values()))
    number = tables.item_features["item_id"].str[1:].astype(int)
    kinds = tables.item_features.assign(category=[f"taste {one % TASTES}" for one in number])
    named = replace(tables, item_features=kinds.rename(columns={"category": column}))
    frames = {
        part: getattr(named, part).assign(
            **{
                key: renamed + getattr(named, part)[key]
                for key in ("user_id", "item_id")
                if key in getattr(named, part)
            }
        )
        for part in ("interactions", "users", "items", "user_features", "item_features")
    }
    write_snapshot(
        folder.snapshot, replace(named, **frames), snapshot_id=name, as_of=FIRST, windows=cuts
    )
    return folder


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a shop lent whose users and items nobody else knows."""
    home = tmp_path_factory.mktemp("lender")
    folder = planned(opened(home / "training", "first", "x"), LENDER, RULE)
    for recipe in (LENDER, RULE):
        fitted(folder, recipe)
    asked = ["train", "lend", "--run", "first", "--recipe", "pure", "--to", str(home / "lent")]
    said = CliRunner(env={"AISLE_HOME": str(home)}).invoke(app, asked, catch_exceptions=False)
    assert f"`start_from: {home / 'lent'}`" in said.output.replace("\n", "")
    return home / "lent"


def borrower(lent: Path, **params: Any) -> Recipe:
    stated = {**PURE, "warm_start": False, "start_from": str(lent), **params}
    return Recipe("young", "lightfm_pure", stated)


def test_what_is_lent_names_words_and_nobody(lent: Path) -> None:
    found = ContentVectors.read(lent)

    assert found.words == [f"category=taste {taste}" for taste in range(TASTES)]
    assert found.components == PURE["components"]
    texts = [path.read_bytes() for path in lent.rglob("*") if path.is_file()]
    assert not any(name.encode("utf-32-le") in text for text in texts for name in ("xu0", "xi0"))


def test_items_of_one_taste_begin_near_each_other_and_users_at_random(
    lent: Path, tmp_path: Path
) -> None:
    dataset = read_snapshot(opened(tmp_path, "second", "y").snapshot).dataset("end")
    inputs = lightfm_inputs(dataset, PURE, with_features=False)

    start = ContentVectors.read(lent).start(dataset, inputs, "lent")

    assert np.isnan(start.users).all()
    assert np.isfinite(start.items).all()
    assert np.isfinite(start.item_biases).all()
    taste = np.array([int(name[2:]) % TASTES for name in dataset.item_ids[inputs.pool]])
    unit = start.items / np.linalg.norm(start.items, axis=1, keepdims=True)
    alike = unit @ unit.T
    same = taste[:, None] == taste
    assert alike[same].min() > 0.99
    assert alike[~same].mean() < 0.5
    first = next(fit_epochs(inputs, {**PURE, "learning_rate": 1e-12}, start=start))
    np.testing.assert_allclose(first.item_features, start.items, atol=1e-6)


@pytest.mark.parametrize("family", ["lightfm_pure", "lightfm_hybrid"])
def test_a_young_shop_s_fit_begins_with_it_and_says_so(
    lent: Path, tmp_path: Path, family: str
) -> None:
    params = {**(HYBRID if family == "lightfm_hybrid" else PURE), "warm_start": False}
    begun = Recipe("young", family, {**params, "start_from": str(lent)})
    alone = Recipe("alone", family, params)
    folder = planned(opened(tmp_path, "second", "y"), begun, alone)

    found = fitted(folder, begun)
    without = fitted(folder, alone)

    assert found.recipe.params["chosen"]["start"] == f"shop {lent}"
    assert "start" not in without.recipe.params["chosen"]
    assert found.recipe.params["chosen"]["epochs"] <= without.recipe.params["chosen"]["epochs"]
    better = found.metrics["next_ndcg_at_10"].mean - without.metrics["next_ndcg_at_10"].mean
    assert better > -0.02
    assert not folder.embeddings("young").exists()
    dataset = read_snapshot(folder.snapshot).dataset("end")
    with starting(folder, found.recipe):
        assert refit(found.recipe, dataset).recommend(["yu000"], 3).shape[0] == 3


def test_what_is_lent_is_copied_when_the_training_begins(lent: Path, tmp_path: Path) -> None:
    away = ContentVectors.read(lent).save(tmp_path / "away")
    recipe = borrower(away)
    folder = planned(opened(tmp_path, "second", "y"), recipe)
    away.rename(tmp_path / "gone")

    assert read_plan(folder, "young").sentence("young") == (
        f"young starts from what another shop lent in {away}."
    )
    assert fitted(folder, recipe).recipe.params["chosen"]["start"] == f"shop {away}"


def test_shops_without_a_common_word_are_told_which_ones_there_are(
    lent: Path, tmp_path: Path
) -> None:
    folder = planned(opened(tmp_path, "other", "y", column="brand"), borrower(lent))

    with pytest.raises(AisleError) as refusal:
        fitted(folder, borrower(lent))

    said = str(refusal.value)
    assert str(lent) in said
    assert "category=taste 0" in said
    assert "brand=taste 0" in said
    assert "remove start_from" in said


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"components": 8}, "components: 16"),
        ({"warm_start": True}, "remove one of the two"),
        ({"start_from": 7}, "name a folder"),
        ({"start_from": "nowhere"}, "no folder nowhere.*aisle train lend"),
    ],
)
def test_a_start_that_cannot_be_is_refused_before_any_fit(
    lent: Path, tmp_path: Path, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(AisleError, match=message):
        planned(opened(tmp_path, "second", "y"), borrower(lent, **params))


def test_a_model_is_no_loan_and_a_rule_has_none(lent: Path, tmp_path: Path) -> None:
    folder = opened(tmp_path, "second", "y")
    model = refit(RULE, read_snapshot(folder.snapshot).dataset("end")).save(tmp_path / "model")

    with pytest.raises(AisleError, match="holds 'popularity', not content vectors"):
        planned(folder, borrower(model))
    with pytest.raises(AisleError, match="family popularity, which has no vectors to lend"):
        lend(
            TrainingFolder("first", lent.parent / "training" / "first"),
            "popular",
            tmp_path / "lent",
        )
    with pytest.raises(AisleError, match="is there already"):
        lend(TrainingFolder("first", lent.parent / "training" / "first"), "pure", lent)
    stated = {**RULE.params, "start_from": str(lent)}
    with pytest.raises(AisleError, match="its family popularity cannot"):
        planned(folder, Recipe("popular", "popularity", stated))


def test_a_champion_whose_loan_is_gone_goes_on_competing(lent: Path, tmp_path: Path) -> None:
    stated = borrower(lent).params | {"start_from": str(tmp_path / "gone")}
    champion = Champion("1", Recipe("young", "lightfm_pure", stated))

    folder = planned(opened(tmp_path, "second", "y"), RULE, champion=champion)

    recipe = Recipe(CHAMPION, "lightfm_pure", stated)
    assert "starts from nothing: There is no folder" in read_plan(folder, CHAMPION).sentence("it")
    assert "start" not in fitted(folder, recipe).recipe.params["chosen"]


def test_a_shop_that_tells_nothing_has_nothing_to_lend(tmp_path: Path) -> None:
    folder = opened(tmp_path, "bare", column="orders_28d")
    dataset = read_snapshot(folder.snapshot).dataset("end")
    inputs = lightfm_inputs(dataset, PURE, with_features=False)

    with pytest.raises(AisleError, match="No word of the catalogue is shared by 3 active items"):
        ContentVectors.learn("lightfm_pure", dataset, inputs, next(fit_epochs(inputs, PURE)))
