"""The shop that tests of the checks plant their faults in."""

from datetime import datetime
from pathlib import Path

import pytest

from aisle.core.builds import BuildPlan, built_by, write_plan
from aisle.core.errors import CheckFailed
from aisle.core.files import write_text
from aisle.core.settings import REPOSITORY, Settings
from aisle.core.warehouse import writer_connection
from expectations.night import check_all
from expectations.run import check

NOW = datetime(2018, 1, 1, 4)
RAW_SCHEMA = REPOSITORY / "aisle" / "pipeline" / "raw_schema.sql"
SHOP = Path(__file__).with_suffix(".sql")


def execute(settings: Settings, *statements: str) -> None:
    """Run SQL on the warehouse."""
    with writer_connection(settings) as connection:
        for statement in statements:
            connection.execute(statement)


def sound_shop(settings: Settings) -> Settings:
    """Make the sound shop, with marts that build b1 made."""
    execute(settings, RAW_SCHEMA.read_text(), SHOP.read_text())
    write_plan(settings, BuildPlan("b1", 1, NOW))
    write_text(built_by(settings), "b1")
    return settings


def new_event(message_id: str, **changes: str) -> str:
    """Return the SQL that adds a copy of event m7 with another id and other values."""
    values = {"message_id": f"'{message_id}'", **changes}
    replaced = ", ".join(f"{value} as {name}" for name, value in values.items())
    return (
        f"insert into raw.events select * replace ({replaced}) "
        "from raw.events where message_id = 'm7'"
    )


def stop_message(settings: Settings, border: str) -> str:
    """Return what the check of build b1 stops with; border "all" is the night's."""
    with pytest.raises(CheckFailed) as stopped:
        check_all(settings, "b1") if border == "all" else check(settings, border, "b1")
    return str(stopped.value)
