import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aisle.core.settings import Settings


def aisle(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("aisle")), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"}
    )


def test_a_slice_lands_loads_and_answers(settings: Settings) -> None:
    assert aisle("sample", "--users", "3").returncode == 0
    loaded = aisle("load-raw", "--require-new")
    assert (loaded.returncode, "0 duplicates + 0 quarantined" in loaded.stdout) == (0, True)
    question = "select count(distinct user_id) as users from raw.events"
    answer = aisle("sql", "--raw", "--json", question)
    assert json.loads(answer.stdout) == [{"users": 3}]


def test_nothing_new_ends_with_99_when_new_rows_are_required(settings: Settings) -> None:
    result = aisle("load-raw", "--require-new")
    assert (result.returncode, result.stderr.count("Nothing to do")) == (99, 1)
    assert aisle("load-raw").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sql", "select 1"), "Nothing is published"),
        (("sql", "--raw", "select 1"), "run `aisle load-raw` first"),
        (("fix-ceiling", "--build", "b1"), "run `aisle load-raw` first"),
        (("transform", "--build", "b1"), "run `aisle fix-ceiling --build b1`"),
        (("set-aside", "m1", "--reason", "no user"), "run `aisle load-raw` first"),
        (("publish", "--build", "../b1"), "cannot be an id"),
    ],
)
def test_a_command_too_early_says_what_to_run_first(
    settings: Settings, arguments: tuple[str, ...], message: str
) -> None:
    result = aisle(*arguments)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_setting_that_cannot_be_used_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_SERVING_PORT", "eighty")
    result = aisle("load-raw")
    assert result.returncode == 1
    assert "AISLE_SERVING_PORT=eighty" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_secret_setting_that_cannot_be_used_is_named_and_stays_secret(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_ONLINE_STORE", "memcached://:hidden-word@cache")
    result = aisle("load-raw")
    assert result.returncode == 1
    assert "AISLE_ONLINE_STORE=(hidden)" in result.stderr
    assert "hidden-word" not in result.stderr
