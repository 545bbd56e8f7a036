from datetime import datetime

import pandas as pd

from aisle.serving.by_user import one_line_per_contact, one_row_per_user

LISTS = pd.DataFrame(
    [
        ("zoe", 1, "p1", "Milk", 0.9, None),
        ("zoe", 2, "p2", "Tea", 0.5, None),
        ("ada", 1, "p9", "Nuts", 0.7, "popular"),
    ],
    columns=["user_id", "rank", "item_id", "title", "score", "fallback"],
).assign(model_version="3", as_of=pd.Timestamp("2018-01-03", tz="UTC"))


def test_a_row_per_user_holds_the_items_best_first() -> None:
    rows = one_row_per_user(LISTS, datetime(2026, 1, 1))
    assert rows["user_id"].tolist() == ["zoe", "ada"]
    assert rows["item_ids"].tolist() == [["p1", "p2"], ["p9"]]
    assert rows["scores"].tolist() == [[0.9, 0.5], [0.7]]
    assert rows["fallback"].tolist() == [None, "popular"]
    assert rows["generated_at"].tolist() == [pd.Timestamp("2026-01-01", tz="UTC")] * 2


def test_a_line_per_contact_has_the_same_columns_however_short_the_list() -> None:
    lines = one_line_per_contact(LISTS, k=3)
    assert [name for name in lines if name.startswith(("item", "title"))] == [
        "item_id_1",
        "title_1",
        "item_id_2",
        "title_2",
        "item_id_3",
        "title_3",
    ]
    text = lines.to_csv(index=False).splitlines()
    assert text[1].startswith("zoe,,3,") and text[1].endswith(",p1,Milk,p2,Tea,,")
    assert text[2].startswith("ada,popular,3,") and text[2].endswith(",p9,Nuts,,,,")
