"""The items to embed, and the text that stands for each."""

from pathlib import Path

import duckdb
import pandas as pd

SQL = Path(__file__).parent
JOINED = ". "
MOST_CHARACTERS = (
    2000  # what a text is about is said at its beginning; a batch must fit into memory
)


def read_items(marts: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the items of the catalogue, by id: what describes each, and since when it is known."""
    return marts.execute((SQL / "items.sql").read_text()).df()


def item_texts(items: pd.DataFrame) -> pd.Series:
    """Return title, category and description of each item as one text, in lower case.

    Catalogues like to shout, and encoders know words in lower case better.
    """
    return _joined(items, ["title", "category", "description"])


def texts_without_category(items: pd.DataFrame) -> pd.Series:
    """Return the texts with the category held out; empty where the title only repeats it."""
    is_repeated = items["title"] == items["category"]
    return _joined(items, ["title", "description"]).mask(is_repeated, "")


def _joined(items: pd.DataFrame, columns: list[str]) -> pd.Series:
    parts = [plain_texts(items[column]) for column in columns]
    joined = parts[0]
    for part in parts[1:]:
        added = part.mask(part == joined, "")
        separator = added.mask((joined != "") & (added != ""), JOINED).mask(joined == "", "")
        joined = joined + separator + added
    return joined.str.slice(0, MOST_CHARACTERS)


def plain_texts(texts: pd.Series) -> pd.Series:
    """Return texts in lower case without HTML tags and needless space; "" where there is none."""
    filled = texts.astype("object").fillna("").astype(str).str.slice(0, 2 * MOST_CHARACTERS)
    without_tags = filled.str.replace(r"<[^<>]*>", " ", regex=True)
    return without_tags.str.replace(r"\s+", " ", regex=True).str.strip().str.lower()


def bought_together(marts: duckdb.DuckDBPyConnection, items: list[str]) -> dict[str, set[str]]:
    """Return, for each of the items, the other items of its orders."""
    query = (SQL / "bought_together.sql").read_text()
    pairs = marts.execute(query, {"items": items}).df()
    return {str(item): set(rows) for item, rows in pairs.groupby("item_id")["bought_with"]}
