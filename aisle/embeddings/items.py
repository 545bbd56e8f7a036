"""The items to embed, and the text that stands for each."""

from pathlib import Path

import duckdb
import pandas as pd

SQL = Path(__file__).parent
JOINED = ". "


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
    parts = [items[column].fillna("").str.lower().str.strip() for column in columns]
    joined = parts[0]
    for part in parts[1:]:
        separator = pd.Series(JOINED, index=items.index).where((joined != "") & (part != ""), "")
        joined = joined + separator + part.where(part != joined, "")
    return joined.str.removesuffix(JOINED)


def bought_together(marts: duckdb.DuckDBPyConnection, items: list[str]) -> dict[str, set[str]]:
    """Return, for each of the items, the other items of its orders."""
    query = (SQL / "bought_together.sql").read_text()
    pairs = marts.execute(query, {"items": items}).df()
    return {str(item): set(rows) for item, rows in pairs.groupby("item_id")["bought_with"]}
