"""What the docs say about tracking is run as it stands there, against a real collector."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aisle.core.settings import REPOSITORY, Settings
from tests.integration.collector_process import Collector
from tests.integration.documented_snippets import filled_in, snippet
from tests.integration.shopping_session import stored_rows

KNOWN = ("identify", None, "user-42", "visitor-7")
ARRIVES = {
    "Python": [KNOWN, ("track", "Order Completed", "user-42", None)],
    "RudderStack": [KNOWN, ("track", "Product Added", "user-42", None)],
    "Mixpanel": [
        ("track", "Product Viewed", None, "visitor-7"),
        ("alias", None, "user-42", None),
        ("identify", None, "user-42", None),
    ],
}


@pytest.mark.parametrize("library", ARRIVES)
def test_a_documented_python_snippet_arrives(
    library: str, collector: Collector, settings: Settings, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(filled_in(snippet(library, "python"), collector), encoding="utf-8")
    subprocess.run([sys.executable, program], check=True, timeout=60)
    collector.stop()

    rows = stored_rows(settings)
    columns = ("type", "event", "user_id", "anonymous_id")
    assert [tuple(row[name] for name in columns) for row in rows] == ARRIVES[library]


def test_the_documented_look_at_the_events_shows_them(
    collector: Collector, settings: Settings
) -> None:
    program = filled_in(snippet("Python", "python"), collector)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    collector.stop()

    look = snippet("See the events arrive", "bash")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    shown = subprocess.run(
        ["bash", "-euc", look],
        env={**os.environ, "PATH": path, "COLUMNS": "160"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert "2 loaded + 0 duplicates + 0 quarantined" in shown.stdout
    assert "Order Completed" in shown.stdout
    assert "visitor-7" in shown.stdout
    assert "Nothing is quarantined." in shown.stdout


def test_the_documented_start_listens_where_the_page_says(settings: Settings) -> None:
    command = snippet("Start the collector", "bash").strip()
    assert command == "AISLE_WRITE_KEYS=web=YOUR_WRITE_KEY aisle collect"
    assert f"{settings.collector_host}:{settings.collector_port}" == "127.0.0.1:8010"
