"""Vectors of a small shop's items: made once, right in time, in Feast, shown to a person."""

import json
import multiprocessing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.embeddings.embed_items import embed_items
from aisle.embeddings.publication import (
    BROKEN_IMAGES,
    IMAGE_VECTORS,
    TEXT_VECTORS,
    read_embeddings_manifest,
)
from aisle.embeddings.similar import similar_to_item, similar_to_text
from aisle.embeddings.workplace import only_embedding
from tests.integration.embedding_shop import (
    apply_embedding_views,
    publish_tables,
    small_resnet,
)

MONDAY, TUESDAY, NOW = datetime(2024, 1, 1), datetime(2024, 1, 2), datetime(2024, 1, 8)
WORDS = {
    "YOGURT": ["greek", "strawberry", "vanilla", "plain", "peach", "honey", "frozen", "drinkable"],
    "TOWELS": ["paper", "kitchen", "bath", "beach", "hand", "terry", "linen", "disposable"],
    "MOTOR OIL": ["synthetic", "diesel", "racing", "winter", "marine", "truck", "engine", "gear"],
}
NAMES = {"YOGURT": "yogurt cup", "TOWELS": "towel", "MOTOR OIL": "oil"}


def catalogue() -> pd.DataFrame:
    """Return 48 items: eight of three categories, each in two sizes, known since Monday."""
    rows = [
        {"title": f"{word.title()} {NAMES[category]}, {size}", "category": category}
        for category, words in WORDS.items()
        for word in words
        for size in ("small", "large")
    ]
    frame = pd.DataFrame(rows).assign(description=None, image_url=None, known_at=MONDAY)
    return frame.assign(item_id=[f"i{number:02}" for number in range(len(frame))])


def publish(settings: Settings, items: pd.DataFrame, orders: pd.DataFrame | None = None) -> None:
    """Publish items, and lines of orders, as a build would."""
    publish_tables(settings, items, NOW, orders)


def manifest(settings: Settings, kind: str = "text") -> dict[str, Any]:
    return read_embeddings_manifest(settings.embeddings / "current")[kind]


def test_every_item_gets_a_vector_of_unit_length(settings: Settings) -> None:
    publish(settings, catalogue())
    folder = embed_items(settings, "one")
    table = pq.read_table(folder / TEXT_VECTORS).to_pandas()
    assert table["item_id"].tolist() == catalogue()["item_id"].tolist()
    assert np.linalg.norm(np.stack(table["vector"].tolist()), axis=1) == pytest.approx(1, abs=1e-5)
    made = manifest(settings)
    assert (made["items"], made["texts"], made["computed"]) == (48, 48, 48)
    assert made["size_choice"]["judged_by"] == "same category at rank 1"
    assert [one["dimensions"] for one in made["size_choice"]["candidates"]] == [32, 256]
    assert pq.read_table(folder / IMAGE_VECTORS).num_rows == 0


def test_only_new_and_changed_items_are_computed_and_the_past_stays(settings: Settings) -> None:
    publish(settings, catalogue())
    first = pq.read_table(embed_items(settings, "one") / TEXT_VECTORS).to_pandas()
    basis = manifest(settings)["basis"]
    # On Tuesday everything is delivered again, one title is new, and one item more.
    tuesday = catalogue().assign(known_at=TUESDAY)
    tuesday.loc[0, "title"] = "Mango yogurt cup, small"
    new = tuesday.iloc[[1]].assign(item_id="new", title="Kefir yogurt cup, small")
    publish(settings, pd.concat([tuesday, new]))
    second = pq.read_table(embed_items(settings, "two") / TEXT_VECTORS).to_pandas()
    made = manifest(settings)
    assert (made["computed"], made["items"], made["rows"]) == (2, 49, 50)
    assert made["basis"] == basis
    known = second.groupby("item_id")["known_at"].apply(list)
    assert known["i00"] == [MONDAY, TUESDAY]
    assert known["i01"] == [MONDAY]
    assert known["new"] == [TUESDAY]
    before = second[second["known_at"] == MONDAY]["vector"].tolist()
    # Of unit length in float32: a product of more rows may round in another order.
    assert np.stack(before) == pytest.approx(np.stack(first["vector"].tolist()), abs=1e-6)


def test_feast_knows_a_text_since_it_was_delivered_and_not_before(settings: Settings) -> None:
    test_only_new_and_changed_items_are_computed_and_the_past_stays(settings)
    store = apply_embedding_views(settings)
    asked = pd.DataFrame(
        [
            ("i00", datetime(2023, 12, 31)),
            ("i00", datetime(2024, 1, 1, 12)),
            ("i00", datetime(2024, 1, 3)),
            ("new", datetime(2024, 1, 1, 12)),
            ("new", datetime(2024, 1, 3)),
        ],
        columns=["item_id", "event_timestamp"],
    )
    wanted = ["item_text_embedding:vector", "item_image_embedding:vector"]
    answer = store.get_historical_features(asked, wanted, full_feature_names=True)
    rows = answer.to_df().sort_values(["item_id", "event_timestamp"])
    vectors = rows["item_text_embedding__vector"].tolist()
    has = [isinstance(vector, (list, np.ndarray)) and len(vector) > 0 for vector in vectors]
    assert has == [False, True, True, False, True]
    assert list(vectors[1]) != list(vectors[2])
    published = pq.read_table(settings.embeddings / "current" / TEXT_VECTORS).to_pandas()
    newest = published[published["item_id"] == "i00"]["vector"].iloc[-1]
    assert list(vectors[2]) == pytest.approx(list(newest))


def test_a_second_run_encodes_nothing_and_publishes_the_same(settings: Settings) -> None:
    publish(settings, catalogue())
    first = embed_items(settings, "one")
    second = embed_items(settings, "one")
    assert (first.name, second.name) == ("one", "one.2")
    assert manifest(settings)["computed"] == 0
    tables = [pq.read_table(folder / TEXT_VECTORS) for folder in (first, second)]
    assert tables[0].equals(tables[1])


def test_equal_texts_are_encoded_once_and_items_without_text_not_at_all(
    settings: Settings,
) -> None:
    items = catalogue()
    items.loc[1, "title"] = items.loc[0, "title"].upper()
    items.loc[2, ["title", "category"]] = None
    items.loc[3, ["title", "category"]] = "  "
    publish(settings, items)
    embed_items(settings, "one")
    made = manifest(settings)
    assert (made["items"], made["texts"], made["without_text"]) == (46, 45, 2)


def test_a_shop_without_a_catalogue_has_no_vectors(settings: Settings) -> None:
    publish(settings, catalogue().iloc[:0])
    folder = embed_items(settings, "one")
    assert pq.read_table(folder / TEXT_VECTORS).num_rows == 0
    publish(settings, catalogue())
    embed_items(settings, "two")
    assert manifest(settings)["items"] == 48


def test_one_item_is_enough(settings: Settings) -> None:
    publish(settings, catalogue().iloc[:1])
    embed_items(settings, "one")
    assert manifest(settings)["dimensions"] == 256
    assert similar_to_item(settings, "i00", 5).empty


def test_without_categories_what_is_bought_together_judges(settings: Settings) -> None:
    items = catalogue()
    baskets = items.groupby("category")["item_id"].apply(list)
    lines = [
        {"order_id": f"{category}-{number}", "user_id": "u", "item_id": item}
        for category, basket in baskets.items()
        for number in range(2)
        for item in basket
    ]
    publish(settings, items.assign(category=None), pd.DataFrame(lines))
    embed_items(settings, "one")
    choice = manifest(settings)["size_choice"]
    assert choice["judged_by"] == "bought together within rank 10"
    assert choice["queries"] == 48
    assert max(one["hit_rate"] for one in choice["candidates"]) > 0.9


@pytest.mark.parametrize("encoder", ["tfidf", "wordllama"])
def test_another_encoder_starts_anew_and_keeps_since_when_texts_are_known(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, encoder: str
) -> None:
    publish(settings, catalogue())
    other = "wordllama" if encoder == "tfidf" else "tfidf"
    embed_items(settings.model_copy(update={"text_encoder": other}), "one")
    publish(settings, catalogue().assign(known_at=TUESDAY))
    folder = embed_items(settings.model_copy(update={"text_encoder": encoder}), "two")
    table = pq.read_table(folder / TEXT_VECTORS).to_pandas()
    assert set(table["known_at"]) == {MONDAY}
    assert manifest(settings)["computed"] == 48


def test_neighbours_have_the_category_also_of_words_no_item_has(settings: Settings) -> None:
    publish(settings, catalogue())
    embed_items(settings, "one")
    near = similar_to_item(settings, "i00", 5)
    assert near["rank"].tolist() == [1, 2, 3, 4, 5]
    assert set(near["category"]) == {"YOGURT"}
    assert "i00" not in set(near["item_id"])
    assert near["score"].is_monotonic_decreasing
    assert (
        similar_to_text(settings, "Synthetic lubricant. MOTOR OIL", 1)["category"][0] == "MOTOR OIL"
    )


def test_the_command_shows_neighbours_and_says_what_it_needs(settings: Settings) -> None:
    publish(settings, catalogue())
    run = CliRunner().invoke
    with pytest.raises(AisleError, match="aisle embed-items"):
        run(app, ["similar-items", "i00"], catch_exceptions=False)
    assert "48 items, 48 vectors computed" in run(app, ["embed-items"]).output
    assert "YOGURT" in run(app, ["similar-items", "i00", "--k", "3"]).output
    assert "TOWELS" in run(app, ["similar-items", "--text", "cotton towel", "--k", "3"]).output
    for wrong, message in [
        (["nobody"], "has no text vector"),
        ([], "either"),
        (["i00", "--text", "x"], "either"),
        (["i00", "--by", "image"], "has no image vector"),
    ]:
        with pytest.raises(AisleError, match=message):
            run(app, ["similar-items", *wrong], catch_exceptions=False)


def test_words_are_compared_only_with_vectors_of_the_same_encoder(settings: Settings) -> None:
    publish(settings, catalogue())
    embed_items(settings, "one")
    with pytest.raises(AisleError, match="run `aisle embed-items`"):
        similar_to_text(settings.model_copy(update={"text_encoder": "tfidf"}), "yogurt", 3)


def test_two_runs_at_once_are_refused(settings: Settings) -> None:
    publish(settings, catalogue())
    with only_embedding(settings), pytest.raises(AisleError, match="wait until it has finished"):
        embed_items(settings, "one")


def test_a_kill_at_any_moment_leaves_the_former_vectors_or_the_new_ones(
    settings: Settings,
) -> None:
    publish(settings, catalogue())
    embed_items(settings, "one")
    publish(settings, catalogue().assign(title=lambda rows: rows["title"] + " new"))
    context = multiprocessing.get_context("fork")
    for delay in (0.02, 0.05, 0.1, 0.2, 0.4):
        child = context.Process(target=embed_items, args=(settings, "two"))
        child.start()
        child.join(delay)
        child.kill()
        child.join()
        assert pq.read_table(settings.embeddings / "current" / TEXT_VECTORS).num_rows in (48, 96)
    embed_items(settings, "three")
    assert not list((settings.embeddings / "cache").glob("*/.segment-*"))


COLOURS = {"YOGURT": "ellipse", "TOWELS": "rectangle", "MOTOR OIL": "line"}


def draw(folder: Path, items: pd.DataFrame) -> pd.DataFrame:
    """Draw a picture of each item: a shape per category, a colour and a place per item."""
    chance = np.random.default_rng(0)
    folder.mkdir()
    for item in items.itertuples():
        picture = Image.new("RGB", (96, 96), "white")
        x, y = (int(value) for value in chance.integers(4, 40, size=2))
        colour = tuple(int(value) for value in chance.integers(0, 200, size=3))
        form = getattr(ImageDraw.Draw(picture), COLOURS[str(item.category)])
        form(
            (x, y, x + 50, y + 50), fill=colour, **({"width": 9} if "OIL" in item.category else {})
        )
        picture.save(folder / f"{item.item_id}.png")
    return items.assign(image_url=items["item_id"] + ".png")


@pytest.fixture
def pictured(settings: Settings, tmp_path: Path) -> Settings:
    """The shop with pictures, four of which are broken, each in its own way."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # several wait for each other where tests share few cores
    folder = tmp_path / "pictures"
    items = draw(folder, catalogue())
    items["image_url"] = items["image_url"].astype(object)
    items.loc[0, "image_url"] = "../secret.png"
    items.loc[1, "image_url"] = "https://elsewhere.example/a.png"
    items.loc[2, "image_url"] = "none.png"
    (folder / "i03.png").write_bytes(b"no picture")
    publish(settings, items)
    weights = str(small_resnet(tmp_path / "weights"))
    update = {"image_encoder": weights, "image_folder": str(folder)}
    return settings.model_copy(update=update)


def test_pictures_of_one_category_are_near_and_broken_ones_are_told(pictured: Settings) -> None:
    pictured = pictured.model_copy(update={"image_encoder": "efficientnet-lite0"})
    folder = embed_items(pictured, "one")
    made = manifest(pictured, "image")
    assert (made["items"], made["computed"], made["broken"]) == (44, 44, 4)
    broken = pd.read_parquet(folder / BROKEN_IMAGES).set_index("item_id")["reason"]
    assert sorted(broken.index) == ["i00", "i01", "i02", "i03"]
    assert "outside" in broken["i00"]
    assert "AISLE_IMAGE_HOSTS" in broken["i01"]
    assert manifest(pictured, "text")["items"] == 48
    near = [
        similar_to_item(pictured, f"i{number:02}", 1, "image")["category"][0]
        for number in range(4, 48)
    ]
    own = catalogue()["category"].tolist()[4:]
    assert np.mean([one == other for one, other in zip(near, own, strict=True)]) > 0.8


def test_only_new_and_changed_pictures_are_encoded(pictured: Settings) -> None:
    embed_items(pictured, "one")
    folder = Path(pictured.image_folder)
    content = (folder / "i10.png").read_bytes()
    (folder / "i11.png").write_bytes(content)  # now as i10's
    (folder / "i12.png").write_bytes(content + b"trailing")
    (folder / "i13.png").unlink()
    embed_items(pictured, "two")
    made = manifest(pictured, "image")
    assert (made["computed"], made["broken"], made["pictures"]) == (1, 5, 42)
    assert made["items"] == 44  # the one that is gone keeps the picture it had


def test_a_picture_that_breaks_leaves_the_one_before_in_its_place(pictured: Settings) -> None:
    first = pq.read_table(embed_items(pictured, "one") / IMAGE_VECTORS)
    basis = manifest(pictured, "image")["basis"]
    for file in Path(pictured.image_folder).iterdir():
        file.write_bytes(b"broken")
    second = pq.read_table(embed_items(pictured, "two") / IMAGE_VECTORS)
    made = manifest(pictured, "image")
    assert (made["broken"], made["items"], made["basis"]) == (48, 44, basis)
    assert second.equals(first)


def test_a_shop_whose_pictures_are_all_broken_is_embedded(pictured: Settings) -> None:
    embed_items(pictured.model_copy(update={"image_folder": ""}), "one")
    made = manifest(pictured, "image")
    assert (made["broken"], made["computed"]) == (48, 0)
    assert json.dumps(made)


def test_feast_reads_vectors_of_pictures(pictured: Settings) -> None:
    embed_items(pictured, "one")
    asked = pd.DataFrame({"item_id": ["i10", "i00"], "event_timestamp": [NOW, NOW]})
    store = apply_embedding_views(pictured)
    rows = store.get_historical_features(asked, ["item_image_embedding:vector"]).to_df()
    vectors = rows.set_index("item_id")["vector"]
    assert len(vectors["i10"]) == manifest(pictured, "image")["dimensions"]
