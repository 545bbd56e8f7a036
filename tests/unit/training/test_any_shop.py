"""The same recipes on other shops: what is promoted follows from the data, not from settings."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from aisle.core.windows import windows
from training.compare import Comparison, compare
from training.dataset import SnapshotTables, read_snapshot, write_snapshot
from training.fit import judge_rival
from training.folder import TrainingFolder
from training.gate import judge
from training.gate_rules import load_rules
from training.recipes import load_lineup
from training.rivals import Champion, line_up, write_rivals

AS_OF = datetime(2024, 6, 3, 4, 30)
WEEKS = 40
CUTS = windows(AS_OF, 21)
RULES = ("recent_popularity", "personal_frequency")
DISCOVERY = ("ease", "two_stage_linear")
Rows = list[tuple[str, str, str, datetime]]


def test_where_nobody_repeats_a_discovery_model_replaces_the_repeat_rule(tmp_path: Path) -> None:
    compared = train(tmp_path, always_new(users=150), champion="personal_frequency")

    decision = judge(compared, load_rules(), "t")

    assert decision.action == "promote"
    assert decision.register in DISCOVERY
    assert compared.rival("two_stage_linear").metrics["next_ndcg_at_10"].mean > 2 * max(
        compared.rival(rule).metrics["next_ndcg_at_10"].mean for rule in RULES
    )


def test_with_thirty_users_a_simple_rule_is_promoted(tmp_path: Path) -> None:
    compared = train(tmp_path, creatures_of_habit(users=30), champion=None)

    decision = judge(compared, load_rules(), "t")

    assert decision.action == "promote"
    assert decision.register in RULES


def train(folder: Path, rows: Rows, champion: str | None) -> Comparison:
    """Return the comparison of the line-up that every training has, as params.yaml states it."""
    training = TrainingFolder("t", folder)
    write_snapshot(training.snapshot, tables(rows), snapshot_id="s", as_of=AS_OF, windows=CUTS)
    snapshot = read_snapshot(training.snapshot)
    recipes = load_lineup("default")
    held = next((recipe for recipe in recipes if recipe.name == champion), None)
    rivals = line_up(recipes, held and Champion("1", held, AS_OF - timedelta(days=30)))
    write_rivals(training, rivals)
    for recipe in rivals.recipes:
        judge_rival(training, recipe, snapshot)
    return compare(training, "parent")


def always_new(users: int) -> Rows:
    """Four tastes of 60 items each; everybody buys three new things of theirs now and then."""
    random = np.random.default_rng(5)
    rows: Rows = []
    for user in range(users):
        left = iter(random.permutation(60))
        for order, moment in enumerate(visits(random, user, every_days=16)):
            for _ in range(3):
                item = f"i{user % 4}-{next(left):02}"
                rows.append((f"u{user:03}", item, f"{user}-{order}", moment))
    return rows


def creatures_of_habit(users: int) -> Rows:
    """Everybody has eight favourites, some taken more often than others, and tries little else."""
    random = np.random.default_rng(6)
    rows: Rows = []
    for user in range(users):
        favourites = random.choice(80, 8, replace=False)
        for order, moment in enumerate(visits(random, user, every_days=6)):
            taken = favourites[random.random(8) < np.linspace(0.8, 0.2, 8)]
            tried = random.choice(80, 1)
            for item in np.unique(np.concatenate([taken, tried])):
                rows.append((f"u{user:03}", f"i{item:02}", f"{user}-{order}", moment))
    return rows


def visits(random: np.random.Generator, user: int, every_days: int) -> Iterator[datetime]:
    """Yield when a user comes."""
    moment = AS_OF - timedelta(weeks=WEEKS) + timedelta(days=user % every_days)
    while moment < AS_OF:
        yield moment
        moment += timedelta(days=every_days + float(random.uniform(-2, 2)))


def tables(rows: Rows) -> SnapshotTables:
    """Return the tables of a shop that knows nothing but purchases and items' makers."""
    bought = pd.DataFrame(rows, columns=["user_id", "item_id", "order_id", "interacted_at"])
    users = bought[["user_id"]].drop_duplicates()
    items = bought[["item_id"]].drop_duplicates().assign(title=lambda found: found["item_id"])
    cutoffs = pd.DataFrame({"cutoff": list(CUTS.cutoffs.values())})
    makers = items.assign(brand="M" + items["item_id"].str[-1])
    return SnapshotTables(
        interactions=bought.assign(known_at=bought["interacted_at"]),
        users=users,
        items=items,
        user_features=cutoffs.merge(users, how="cross").assign(orders=1.0),
        item_features=cutoffs.merge(makers.drop(columns="title"), how="cross"),
    )
