"""The warehouse's documentation: dbt's page of every table and column, as one file."""

from pathlib import Path

from aisle.core.builds import build_folder, built_by, read_plan
from aisle.core.errors import AisleError
from aisle.core.files import write_text
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.build import dbt_environment, dbt_words
from aisle.pipeline.dbt_process import run_dbt

PAGE = "index.html"


def make_dbt_docs(settings: Settings, build_id: str | None) -> Path:
    """Write the page about a build's tables (default: the last finished one); return it.

    It holds everything it needs, so it opens from the file system, without a network.
    """
    plan = read_plan(settings, build_id or last_build(settings))
    with reader_connection(settings):
        pass  # a warehouse that is missing or being written is said so, in our words
    words = dbt_words(settings, plan, ("docs", "generate", "--static"))
    ended = run_dbt(words, dbt_environment(settings), is_captured=True)
    if ended.returncode != 0:
        raise AisleError(f"dbt could not write its docs:\n{ended.stdout.strip()}")
    made = build_folder(settings, plan.build_id) / "dbt" / "static_index.html"
    page = settings.dbt_docs / PAGE
    write_text(page, made.read_text())
    return page


def last_build(settings: Settings) -> str:
    """Return the build whose tables the warehouse holds."""
    stamp = built_by(settings)
    if not stamp.exists():
        raise AisleError(
            f"{settings.warehouse} holds no finished build: run `aisle transform`, or name a build "
            "with --build."
        )
    return stamp.read_text()
