from dataclasses import replace
from pathlib import Path

from aisle.core.files import write_json
from expectations.data_docs import finish_site, write_front_page
from expectations.results import BorderResult, Outcome, RuleResult

PASSED = RuleResult(
    table="raw.events",
    rule="message_id is unique",
    expectation="expect_column_values_to_be_unique",
    severity="critical",
    outcome=Outcome.PASSED,
)
FAILED = replace(
    PASSED,
    rule="no price is negative",
    outcome=Outcome.FAILED,
    unexpected_rows=2,
    total_rows=10,
    examples=({"item_id": "<p1>"},),
    next_step="deliver it again",
)
SKIPPED = replace(
    PASSED, table="raw.events (volume)", outcome=Outcome.SKIPPED, reason="needs five weeks"
)


def checked(data_docs: Path, *rules: RuleResult) -> BorderResult:
    result = BorderResult(
        border="raw",
        build_id="b1",
        checked_at="2026-01-02 03:04 UTC",
        data_docs="index.html",
        results=rules,
    )
    site = data_docs / "raw"
    site.mkdir(parents=True)
    finish_site(site, result)
    return result


def test_the_first_page_shows_each_table_with_its_faults_and_leads_to_its_page(
    tmp_path: Path,
) -> None:
    for run in ("20260101T000000Z", "20260102T000000Z"):
        page = tmp_path / "raw" / "validations" / "raw_events" / "__none__" / run / "events.html"
        page.parent.mkdir(parents=True)
        page.touch()
    (tmp_path / "raw").rename(tmp_path / "built")
    checked(tmp_path, PASSED, FAILED, SKIPPED)
    (tmp_path / "built" / "validations").rename(tmp_path / "raw" / "validations")

    text = write_front_page(tmp_path).read_text()

    newest = "raw/validations/raw_events/__none__/20260102T000000Z/events.html"
    assert f'<a href="{newest}">raw.events</a></td><td><span class="failed">failed</span>' in text
    assert "1 passed, 1 failed" in text
    assert "<b>no price is negative</b>: not so in 2 of 10 rows (20%)" in text
    assert "item_id=&#x27;&lt;p1&gt;&#x27;" in text
    assert "Next: deliver it again" in text
    assert '<td>raw.events (volume)</td><td><span class="skipped">' in text
    assert "needs five weeks" in text
    assert "marts: what dbt made, before it is published</h2><p>not checked yet" in text
    assert "Checked at 2026-01-02 03:04 UTC for b1." in text


def test_the_first_page_lists_the_newest_nights_first(tmp_path: Path) -> None:
    for day, outcome in (("01", "passed"), ("02", "warned")):
        record = {
            "night": f"night-{day}",
            "checked_at": f"2026-01-{day} 02:30 UTC",
            "passed": True,
            "borders": [{"results": [{"outcome": "passed"}, {"outcome": outcome}]}],
        }
        write_json(tmp_path / "history" / f"night-{day}.json", record)
    text = write_front_page(tmp_path).read_text()
    assert text.index('href="history/night-02.json"') < text.index("night-01")
    assert "1 passed, 1 warned" in text


def test_pages_ask_no_other_host_for_anything(tmp_path: Path) -> None:
    page = tmp_path / "raw" / "validations" / "events.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        '<html><head><link rel="stylesheet" href="https://cdn.example/a.css"/>'
        '<script src="https://cdn.example/a.js" integrity="x"></script></head>'
        "<script>const ours = 1;</script><a href='https://greatexpectations.io'>GX</a></html>"
    )
    finish_site(
        tmp_path / "raw",
        BorderResult(border="raw", build_id="b1", checked_at="now", data_docs="", results=()),
    )
    text = page.read_text()
    assert "cdn.example" not in text
    assert "const ours = 1;" in text
    assert "<style>" in text
    assert (tmp_path / "raw" / "index.html").read_text().endswith('url=../index.html">')
