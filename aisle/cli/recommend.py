"""Commands for lists: recommend by hand, publish-recommendations, warm-recommendations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.table import Table

    from aisle.serving.audience import Audience
    from aisle.serving.lists import ListMaker

DEFAULT_K = 20  # as in aisle.serving.lists, which is too heavy to import for `--help`
SHOWN_USERS = 20

OfLength = Annotated[int, typer.Option("--k", help="How many items a list holds (1 to 1000).")]


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    app.command("recommend")(recommend)
    app.command("publish-recommendations")(publish_recommendations)
    app.command("warm-recommendations")(warm_recommendations)


def recommend(
    users: Annotated[
        str, typer.Option(help="User ids separated by commas, @FILE (one id a line), or all.")
    ],
    k: OfLength = DEFAULT_K,
    out: Annotated[
        Path | None, typer.Option(help="File to write: .parquet, .csv or .jsonl. Else a table.")
    ] = None,
    version: Annotated[
        str, typer.Option(help="Version number or alias of the registered model.")
    ] = "champion",
) -> None:
    """Recommend k items to each of some users, or to all; an unknown user gets what is popular."""
    from aisle.serving.audience import parse_audience, require_users
    from aisle.serving.list_files import require_format
    from aisle.serving.lists import open_list_maker, require_k

    require_k(k)
    if out is not None:
        require_format(out)
    audience = parse_audience(users)
    with open_list_maker(Settings(), k, version) as maker:
        count = require_users(audience, maker.connection)
        if out is None:
            _print_lists(maker, audience, count)
        else:
            _write_lists(maker, audience, count, out)


def publish_recommendations(
    run: Annotated[
        str, typer.Option(help="Name of the publication's folder; Airflow gives its run's.")
    ] = "by-hand",
    k: OfLength = DEFAULT_K,
) -> None:
    """Write the lists of all users for e-mail and CRM tools, and make them the current ones."""
    from aisle.serving.publish_lists import publish_lists

    with _progress("lists") as advance:
        folder = publish_lists(Settings(), run, k, advance)
    typer.echo(f"{folder} holds the lists; {folder.parent / 'current'} leads there")


def warm_recommendations() -> None:
    """Bring the published lists into Feast's online store, as the view user_recommendations."""
    from aisle.serving.warm import warm_lists

    with _progress("online") as advance:
        users = warm_lists(Settings(), advance)
    typer.echo(f"The lists of {users:,} users are online")


def _write_lists(maker: "ListMaker", audience: "Audience", count: int, out: Path) -> None:
    from aisle.serving.list_files import new_list_file

    rows = 0
    with new_list_file(out) as write, _progress("lists", count) as advance:
        for users, lists in maker.batches(audience):
            write(lists)
            rows += len(lists)
            advance(users)
    version = maker.champion.version
    typer.echo(f"{out}: {rows:,} rows for {count:,} users, by version {version}")


def _print_lists(maker: "ListMaker", audience: "Audience", count: int) -> None:
    if count > SHOWN_USERS:
        raise AisleError(
            f"The lists of {count:,} users do not fit on a screen: write them to a file "
            "with --out FILE (.parquet, .csv or .jsonl)."
        )
    from rich.console import Console

    console = Console()
    for _, lists in maker.batches(audience):
        for user_id, of_user in lists.groupby("user_id", sort=False):
            console.print(_table(str(user_id), of_user))


def _table(user_id: str, lists: "DataFrame") -> "Table":
    from rich.table import Table
    from rich.text import Text

    fallback = lists["fallback"].iloc[0]
    mark = f" ({fallback})" if fallback else ""
    table = Table(title=Text(f"{user_id}{mark}"), title_justify="left")
    for column in ("rank", "item_id", "title", "score", "source"):
        table.add_column(column, justify="right" if column in ("rank", "score") else "left")
    for row in lists.to_dict(orient="records"):
        score = f"{row['score']:.4f}"
        cells = (str(row["rank"]), row["item_id"], row["title"], score, row["source"])
        table.add_row(*map(Text, cells))  # as they are: a title may hold what rich takes for markup
    return table


@contextmanager
def _progress(name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Yield what moves a bar by so many users; there is none where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=total)
        yield lambda users: bar.advance(task, users)
