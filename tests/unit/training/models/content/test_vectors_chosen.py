"""New items are ranked by texts or pictures where these say what users like, and only there."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from aisle.core.errors import AisleError
from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.catalogue import CatalogueRecommender
from training.models.content.choice import choose_terms
from training.models.content.keys import told_columns
from training.models.content.terms import Vectors, stated_terms, term_documents
from training.models.content_affinity import ContentAffinity
from training.models.families import build, load_recommender
from training.models.two_stage.new_items import choose_new_items
from training.models.two_stage.recommender import TwoStage
from training.recipes import load_recipes
from training.split import Task, Truth

CUTOFF = datetime(2024, 3, 4, 5)
USERS, ITEMS, TASTES = 120, 300, 6
NEW = np.arange(240, ITEMS)  # that nobody bought before the cutoff
RECIPES = {one.family: one.params for one in load_recipes()}
FAMILIES = ("content_affinity", "two_stage_linear")
PARAMS = {"half_life_weeks": 13, "validation_users": 400}


def taste_of(numbers: np.ndarray) -> np.ndarray:
    return numbers % TASTES


def shop(vectors: Mapping[str, np.ndarray]) -> Dataset:
    """Everybody buys what is of their taste; the category says it of less than half the items."""
    random = np.random.default_rng(2)
    rows = []
    for user in range(USERS):
        liked = np.flatnonzero(taste_of(np.arange(NEW[0])) == taste_of(np.array(user)))
        for order, item in enumerate(random.permutation(liked)[:24]):
            rows.append((user, item, user * 24 + order, CUTOFF - timedelta(days=2 + 5 * order)))
    columns = ["user_index", "item_index", "order_index", "interacted_at"]
    interactions = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[:3], np.int32))
    interactions["known_at"] = interactions["interacted_at"]
    is_told = random.random(ITEMS) < 0.4
    kind = np.where(is_told, taste_of(np.arange(ITEMS)), random.integers(0, TASTES, ITEMS))
    return Dataset(
        cutoff=CUTOFF,
        user_ids=np.array([f"u{user:03}" for user in range(USERS)], dtype=object),
        item_ids=np.array([f"i{item:03}" for item in range(ITEMS)], dtype=object),
        interactions=interactions.sort_values("interacted_at", ignore_index=True),
        user_features=pd.DataFrame(index=range(USERS)),
        item_features=pd.DataFrame({"category": [f"c{one}" for one in kind]}),
        item_vectors=vectors,
    )


def telling(seed: int = 3) -> np.ndarray:
    """Return vectors that lie around those of their tastes; nothing is known of one new item."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(TASTES, 24))
    noise = random.normal(size=(ITEMS, 24))
    vectors = (centres[taste_of(np.arange(ITEMS))] + 0.5 * noise).astype(np.float32)
    vectors[NEW[0]] = 0
    return vectors


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(ITEMS, 24)).astype(np.float32)


def bought_later() -> dict[Task, Truth]:
    """Everybody buys some of all items of their taste, sold before or not."""
    random = np.random.default_rng(4)
    is_liked = taste_of(np.arange(USERS))[:, None] == taste_of(np.arange(ITEMS))[None, :]
    relevant = sparse.csr_matrix(is_liked & (random.random(is_liked.shape) < 0.4))
    nothing = sparse.csr_matrix(relevant.shape, dtype=bool)
    return {"next": Truth("next", relevant), "discovery": Truth("discovery", relevant, nothing)}


def quality_of_new(model: CatalogueRecommender) -> float:
    """Return NDCG@10 among the items that nobody had bought."""
    is_relevant = bought_later()["next"].relevant[:, NEW].toarray()
    counts = is_relevant.sum(axis=1)
    has_any = counts > 0
    found = hits(top_k_rows(model.score(model.user_ids)[:, NEW], 10), is_relevant)
    return float(ndcg(found[has_any], counts[has_any], 10).mean())


def fitted(family: str, dataset: Dataset, terms: list[dict[str, object]]) -> CatalogueRecommender:
    chosen = {"terms": terms, "popularity": 0.0, "new_items": {"terms": terms}}
    model = build(family, {**RECIPES[family], "chosen": chosen}).fit(dataset)
    assert isinstance(model, CatalogueRecommender)
    return model


def chosen_by(family: str, dataset: Dataset) -> list[dict[str, object]]:
    """Return the terms that a family's own choice states."""
    if family == "content_affinity":
        chosen, _ = ContentAffinity.choose(RECIPES[family], dataset, bought_later())
    else:
        chosen = choose_new_items(RECIPES[family], dataset, bought_later())[0]["new_items"]
    terms: list[dict[str, object]] = chosen["terms"]
    return terms


@pytest.mark.parametrize("kind", ["text", "image"])
@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_that_tell_taste_rank_new_items_better_than_columns(family: str, kind: str) -> None:
    other = {"text": "image", "image": "text"}[kind]
    dataset = shop({kind: telling(), other: noise(5)})

    terms = chosen_by(family, dataset)
    by_columns = chosen_by(family, replace(dataset, item_vectors={}))

    assert kind in [term.get("vectors") for term in terms]
    assert other not in [term.get("vectors") for term in terms]
    assert by_columns == [{"columns": ["category"], "weight": 1.0}]
    better = quality_of_new(fitted(family, dataset, terms))
    assert better > quality_of_new(fitted(family, dataset, by_columns)) + 0.2


def test_vectors_that_tell_nothing_are_chosen_as_seldom_as_chance_has_it() -> None:
    chosen = 0
    for seed in range(15):
        dataset = shop({"text": noise(seed), "image": noise(100 + seed)})
        columns = told_columns(dataset.item_features)
        terms, _ = choose_terms(dataset, columns, bought_later(), PARAMS)
        assert terms[0] == (("category",), 1.0)
        chosen += len(terms) - 1

    assert chosen <= 3  # of 30, each by a test of one in forty: more in one case of 150


@pytest.mark.parametrize("seed", range(8))
def test_vectors_that_repeat_a_column_do_not_take_its_place(seed: int) -> None:
    dataset = shop({})
    kinds = dataset.item_features["category"].str[1:].astype(int).to_numpy()
    repeating = np.eye(TASTES, 24, dtype=np.float32)[kinds] + noise(seed) / 10

    terms = chosen_by("content_affinity", replace(dataset, item_vectors={"text": repeating}))

    assert terms[0] == {"columns": ["category"], "weight": 1.0}


@pytest.mark.parametrize("weight", [0, -0.5])
def test_vectors_cannot_count_against_what_is_near(weight: float) -> None:
    with pytest.raises(AisleError, match=r"'text'.*not above zero"):
        stated_terms([{"vectors": "text", "weight": weight}])


def test_without_columns_vectors_rank_alone_where_they_tell_anything() -> None:
    told = shop({"image": telling()})

    terms, curve = choose_terms(told, {}, bought_later(), PARAMS)
    nothing, _ = choose_terms(shop({"image": noise(7)}), {}, bought_later(), PARAMS)

    assert terms == [(Vectors("image"), 1.0)]
    assert curve[0] > 0.5
    assert nothing == []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_with_vectors_answers_the_same_when_loaded(family: str, tmp_path: Path) -> None:
    terms = term_documents([(("category",), 1.0), (Vectors("text"), 2.0)])
    model = fitted(family, shop({"text": telling()}), terms)

    again = load_recommender(model.save(tmp_path / "model"))

    users = [*model.user_ids[:8], "stranger"]
    np.testing.assert_array_equal(again.score(users), model.score(users))
    shown = again.recommend(["u004"], 5, candidates=[f"i{item}" for item in NEW])
    assert (shown["item_id"].str[1:].astype(int) % TASTES).tolist() == [4] * 5
    assert set(shown["source"]) == {"content"}
    strange = again.recommend(["stranger"], 5)
    assert set(strange["source"]) == {"popular"}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_kind_of_vectors_that_is_missing_says_nothing(family: str) -> None:
    bare = shop({})
    column = (("category",), 1.0)

    both = fitted(family, bare, term_documents([column, (Vectors("text"), 2.0)]))
    one = fitted(family, bare, term_documents([column]))

    np.testing.assert_array_equal(both.score(both.user_ids), one.score(one.user_ids))


def test_a_two_stage_model_keeps_vectors_of_new_items_only() -> None:
    model = fitted(
        "two_stage_linear", shop({"text": telling()}), [{"vectors": "text", "weight": 1}]
    )

    assert isinstance(model, TwoStage)
    value_of = model._arrays()["vector_0"]
    assert np.flatnonzero(value_of >= 0).tolist() == NEW[1:].tolist()


def test_terms_are_stated_as_they_are_read() -> None:
    terms = [(("category", "brand"), 1.0), (Vectors("image"), 0.5)]

    stated = term_documents(terms)

    assert stated == [
        {"columns": ["category", "brand"], "weight": 1.0},
        {"vectors": "image", "weight": 0.5},
    ]
    assert stated_terms(stated) == terms
