"""Commands for vectors of items: embed-items, similar-items."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_NEIGHBOURS = 1000


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    app.command("embed-items")(embed)
    app.command("similar-items")(similar)


def embed(
    run: Annotated[
        str, typer.Option(help="Name of the publication's folder; Airflow gives its run's.")
    ] = "by-hand",
) -> None:
    """Turn texts and pictures of items into vectors; only new or changed ones are computed."""
    from aisle.embeddings.embed_items import embed_items
    from aisle.embeddings.publication import read_embeddings_manifest

    with _progress("texts", "pictures") as (on_texts, on_images):
        folder = embed_items(Settings(), run, on_texts, on_images)
    manifest = read_embeddings_manifest(folder)
    for kind in ("text", "image"):
        if manifest[kind]:
            typer.echo(_summary(kind, manifest[kind]))
    typer.echo(f"{folder} holds the vectors; {folder.parent / 'current'} leads there")


def similar(
    item_id: Annotated[str, typer.Argument(metavar="[ITEM]", help="Id of an item.")] = "",
    text: Annotated[
        str, typer.Option(help="Instead of an item: words, such as a new item's title.")
    ] = "",
    k: Annotated[int, typer.Option("--k", min=1, max=MOST_NEIGHBOURS, help="How many.")] = 10,
    by: Annotated[Literal["text", "image"], typer.Option(help="By which vectors.")] = "text",
) -> None:
    """Show the items nearest to an item, or to words; each title once."""
    from aisle.embeddings.similar import similar_to_item, similar_to_text

    if bool(item_id) == bool(text.strip()):
        raise AisleError("Give either the id of an item or --text WORDS.")
    if item_id:
        _print(similar_to_item(Settings(), item_id, k, by))
    else:
        _print(similar_to_text(Settings(), text, k))


def _summary(kind: str, made: "dict[str, object]") -> str:
    parts = [f"{kind}: {made.get('items', 0):,} items, {made['computed']:,} vectors computed"]
    if made.get("dimensions"):
        parts.append(f"{made['dimensions']} dimensions by {made['encoder']}")
    if made.get("broken"):
        parts.append(f"{made['broken']:,} pictures could not be used, see broken_images.parquet")
    return ", ".join(parts)


def _print(neighbours: "DataFrame") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in neighbours.columns:
        table.add_column(column, justify="right" if column in ("rank", "score") else "left")
    for row in neighbours.to_dict(orient="records"):
        cells = (str(row["rank"]), row["item_id"], row["title"] or "", row["category"] or "")
        table.add_row(*map(Text, cells), Text(f"{row['score']:.3f}"))
    Console().print(table)


@contextmanager
def _progress(*names: str) -> Iterator[list[Callable[[int], None]]]:
    """Yield, per name, what moves its bar; there is none where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        yield [partial(bars.advance, bars.add_task(name, total=None)) for name in names]
