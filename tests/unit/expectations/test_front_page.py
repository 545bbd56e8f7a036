from pathlib import Path

from expectations.front_page import write_front_page


def test_the_first_page_leads_to_the_latest_result_of_every_table(tmp_path: Path) -> None:
    for run in ("20260101T000000Z", "20260102T000000Z"):
        page = tmp_path / "raw" / "validations" / "raw_events" / "__none__" / run / "events.html"
        page.parent.mkdir(parents=True)
        page.touch()
    text = write_front_page(tmp_path).read_text()
    newest = "raw/validations/raw_events/__none__/20260102T000000Z/events.html"
    assert f'<a href="{newest}">raw_events</a>' in text
    assert "20260101" not in text
    assert "not checked yet" in text
