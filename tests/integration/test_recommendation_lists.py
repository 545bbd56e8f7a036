"""Lists of everyone from a real registry, into files and through a real Feast on SQLite."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.errors import AisleError
from aisle.core.feature_store import open_store
from aisle.core.settings import Settings
from aisle.pipeline.features import apply_features
from aisle.serving.publish_lists import are_lists_behind, current_lists, publish_lists
from aisle.serving.warm import warm_lists
from tests.integration.serving_shop import AS_OF, MARTS, promote, publish

ON_SALE = ["p1", "p2", "p4", "p5"]  # p3 is not


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace with published marts, a champion, and views applied before any list."""
    settings = Settings(home=tmp_path_factory.mktemp("lists") / "home", mlflow_uri="")
    publish(settings, "b1", MARTS)
    promote(settings)
    apply_features(settings)
    return settings


@pytest.fixture(scope="module")
def lists(shop: Settings) -> Path:
    """The folder of published lists."""
    return publish_lists(shop, "first", k=4)


def rows_of(lists: Path, user_id: str) -> pd.DataFrame:
    rows = pd.read_parquet(lists / "recommendations.parquet")
    return rows[rows["user_id"] == user_id]


def test_every_user_gets_the_best_items_on_sale(lists: Path) -> None:
    rows = pd.read_parquet(lists / "recommendations.parquet")
    assert rows["user_id"].unique().tolist() == ["u1", "u2", "u3", "u4", "u5", "u6"]
    for user_id in ("u1", "u6"):
        assert rows_of(lists, user_id)["item_id"].tolist() == ON_SALE
        assert rows_of(lists, user_id)["rank"].tolist() == [1, 2, 3, 4]
    assert rows["title"].iloc[2] == "Title 4"
    assert set(rows["as_of"]) == {pd.Timestamp(AS_OF, tz="UTC")}


def test_a_user_who_refused_gets_the_popular_list_and_is_marked(lists: Path) -> None:
    refused = rows_of(lists, "u6")
    assert set(refused["source"]) == {"popular"}
    assert set(refused["fallback"]) == {"no_consent"}
    assert set(rows_of(lists, "u1")["source"]) == {"personal"}
    assert rows_of(lists, "u1")["fallback"].isna().all()


def test_there_is_a_list_for_users_nobody_knows(lists: Path) -> None:
    popular = pd.read_parquet(lists / "popular.parquet")
    assert popular["item_id"].tolist() == ON_SALE
    assert set(popular["fallback"]) == {"popular"}
    assert "user_id" not in popular


def test_the_manifest_says_what_the_lists_are(lists: Path, shop: Settings) -> None:
    manifest = json.loads((lists / "manifest.json").read_text())
    assert manifest["model_version"] == "1"
    assert manifest["build_id"] == "b1"
    assert (manifest["k"], manifest["users"], manifest["rows"]) == (4, 6, 24)
    assert (shop.recommendations / "current").resolve() == lists


def test_one_line_per_contact_is_a_csv_of_everyone(lists: Path) -> None:
    contacts = pd.read_csv(lists / "by_user.csv", dtype=str)
    assert contacts["user_id"].tolist() == ["u1", "u2", "u3", "u4", "u5", "u6"]
    assert contacts["title_4"].tolist() == ["Title 5"] * 6


def test_a_rerun_writes_the_same_lists_beside_the_first(shop: Settings, lists: Path) -> None:
    again = publish_lists(shop, "first", k=4)
    assert again != lists
    for name in ("recommendations.parquet", "popular.parquet", "by_user.csv"):
        assert (again / name).read_bytes() == (lists / name).read_bytes(), name
    by_user = [pd.read_parquet(folder / "by_user.parquet") for folder in (lists, again)]
    by_user = [frame.drop(columns="generated_at") for frame in by_user]
    pd.testing.assert_frame_equal(*by_user)


def test_a_publication_that_fails_leaves_the_lists_before_it(
    shop: Settings, lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = current_lists(shop)
    folders = sorted(shop.recommendations.iterdir())

    def fail(users: int) -> None:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        publish_lists(shop, "second", k=4, on_users=fail)
    assert current_lists(shop) == before
    assert sorted(shop.recommendations.iterdir()) == folders


WANTED = [
    f"user_recommendations:{name}" for name in ("item_ids", "scores", "fallback", "model_version")
]


def test_warmed_lists_are_read_from_the_online_store(shop: Settings, lists: Path) -> None:
    assert are_lists_behind(shop), "not online yet"
    assert warm_lists(shop) == 6
    users = [{"user_id": user} for user in ("u1", "u6", "stranger")]
    answer = open_store(shop).get_online_features(WANTED, users).to_dict()
    assert answer["item_ids"] == [ON_SALE, ON_SALE, None]
    assert answer["scores"][0] == pytest.approx([1, 1 / 2, 1 / 4, 1 / 5])
    assert answer["fallback"] == [None, "no_consent", None]
    assert answer["model_version"] == ["1", "1", None]

    warm_lists(shop)
    assert open_store(shop).get_online_features(WANTED, users).to_dict() == answer
    assert not are_lists_behind(shop)


def test_warming_says_what_is_missing(settings: Settings) -> None:
    with pytest.raises(AisleError, match="aisle publish-recommendations"):
        warm_lists(settings)
    publish(settings, "b1", MARTS)
    promote(settings)
    publish_lists(settings, "first", k=4)
    with pytest.raises(AisleError, match="aisle apply-features"):
        warm_lists(settings)


def recommend(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str):
    monkeypatch.setenv("AISLE_HOME", str(settings.root))
    return CliRunner().invoke(app, ["recommend", *arguments])


def test_by_hand_a_file_holds_known_and_unknown_users(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new" / "lists.csv"
    result = recommend(shop, monkeypatch, "--users", "stranger,u2", "--k", "2", "--out", str(out))
    assert result.exit_code == 0, result.output
    rows = pd.read_csv(out)
    assert rows["user_id"].tolist() == ["stranger"] * 2 + ["u2"] * 2
    assert rows["source"].tolist() == ["popular"] * 2 + ["personal"] * 2
    assert "4 rows for 2 users, by version 1" in result.output


def test_by_hand_everyone_is_the_published_list(
    shop: Settings, lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "lists.parquet"
    result = recommend(shop, monkeypatch, "--users", "all", "--k", "4", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert out.read_bytes() == (lists / "recommendations.parquet").read_bytes()


def test_without_a_file_the_lists_are_shown_with_titles(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = recommend(shop, monkeypatch, "--users", "u1,u6", "--k", "3", "--version", "1")
    assert result.exit_code == 0, result.output
    for shown in ("u1", "u6 (no_consent)", "Title 4", "personal"):
        assert shown in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--users", "u1", "--k", "0"], "1 to 1000"),
        (["--users", "u1", "--k", "1001"], "1 to 1000"),
        (["--users", ","], "names no users"),
        (["--users", "@nowhere.txt"], r"nowhere\.txt"),
        (["--users", "u1", "--out", "lists.xlsx"], r"\.parquet, \.csv, \.jsonl"),
        (["--users", "u1", "--version", "77"], "no version or alias '77'"),
        (["--users", "u1", "--version", "nobody"], "no version or alias 'nobody'"),
    ],
)
def test_what_cannot_be_recommended_is_one_clear_message(
    shop: Settings, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    result = recommend(shop, monkeypatch, *arguments)
    assert isinstance(result.exception, AisleError)
    with pytest.raises(AisleError, match=message):
        raise result.exception


def test_without_a_champion_it_says_what_to_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings, "b1", MARTS)
    result = recommend(settings, monkeypatch, "--users", "u1")
    assert "make run" in str(result.exception)
