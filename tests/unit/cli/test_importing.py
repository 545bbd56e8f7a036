import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.errors import AisleError
from aisle.core.settings import Settings

FILMS = "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n1,,4,1260759145\n"


def test_an_import_says_what_it_took_for_what_and_the_sum_of_each_file(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "ratings.csv").write_text(FILMS)
    result = CliRunner().invoke(app, ["import", "--events", str(tmp_path / "*.csv")])
    assert result.exit_code == 0
    assert "user_id <- userId, item_id <- movieId, timestamp <- timestamp" in result.stdout
    assert "events, ratings.csv: 2 rows = 1 landed + 1 quarantined" in result.stdout
    assert "1 events quarantined, for example: no item_id" in result.stdout
    assert (
        "reading ratings.csv" in result.stderr
    )  # one quiet line a step where there is no terminal

    listed = CliRunner().invoke(app, ["quarantine", "--json"])
    content = json.loads(listed.stdout)
    assert content["summary"] == [{"kind": "events", "reason": "no item_id", "rows": 1}]
    assert content["rows"][0]["original"] == "1,,4,1260759145"
    written = CliRunner().invoke(app, ["quarantine", "--out", str(tmp_path / "refused.csv")])
    assert "Wrote 1 rows" in written.stdout


def test_nothing_to_import_is_an_error(settings: Settings) -> None:
    result = CliRunner().invoke(app, ["import"])
    assert isinstance(result.exception, AisleError)
    assert "give --events" in str(result.exception)


@pytest.mark.parametrize("command", ["import", "quarantine"])
def test_the_help_shows_examples(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert f"aisle {command} --" in shown.stdout
