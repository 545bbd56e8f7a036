import errno
import json
import os
from pathlib import Path

import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.serving.list_files import new_list_file, require_format

AS_OF = pd.Timestamp("2018-01-03T12:00:00", tz="UTC")


def lists(user_id: str, fallback: str | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "user_id": [user_id, user_id],
            "rank": [1, 2],
            "item_id": ["007", "p2"],
            "title": ['Tea, "green"', "Äpfel"],
            "score": [0.9, 0.5],
            "source": ["hybrid", "popular"],
            "fallback": [fallback, fallback],
            "model_version": "3",
            "as_of": AS_OF,
        }
    )


def write(path: Path) -> None:
    with new_list_file(path) as append:
        append(lists("ada"))
        append(lists("bob", "popular"))


def test_parquet_keeps_all_batches_and_types(tmp_path: Path) -> None:
    write(tmp_path / "lists.parquet")
    read = pd.read_parquet(tmp_path / "lists.parquet")
    expected = pd.concat([lists("ada"), lists("bob", "popular")], ignore_index=True)
    pd.testing.assert_frame_equal(read, expected, check_dtype=False)
    assert read["as_of"].dt.tz is not None


def test_csv_has_one_header_and_quotes_what_needs_it(tmp_path: Path) -> None:
    write(tmp_path / "lists.csv")
    lines = (tmp_path / "lists.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "user_id,rank,item_id,title,score,source,fallback,model_version,as_of"
    assert lines[1] == 'ada,1,007,"Tea, ""green""",0.9,hybrid,,3,2018-01-03 12:00:00+00:00'
    assert lines[4] == "bob,2,p2,Äpfel,0.5,popular,popular,3,2018-01-03 12:00:00+00:00"
    assert len(lines) == 5


def test_a_title_in_csv_is_never_a_formula_and_ids_stay_as_they_are(tmp_path: Path) -> None:
    titles = ["=1+1", "+1", "-5 %", "@sum(a1)", "\tx", "Tea = good", None]
    rows = pd.DataFrame({"item_id": "-7", "title_1": titles, "title_2": "=x"})
    with new_list_file(tmp_path / "lists.csv") as append:
        append(rows)
    read = pd.read_csv(tmp_path / "lists.csv", keep_default_na=False, dtype=str)
    assert read["title_1"].tolist() == [
        "'=1+1",
        "'+1",
        "'-5 %",
        "'@sum(a1)",
        "'\tx",
        "Tea = good",
        "",
    ]
    assert set(read["title_2"]) == {"'=x"}
    assert set(read["item_id"]) == {"-7"}


def test_json_lines_hold_one_object_each(tmp_path: Path) -> None:
    write(tmp_path / "lists.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "lists.jsonl").read_text().splitlines()]
    assert [(row["user_id"], row["item_id"], row["fallback"]) for row in rows] == [
        ("ada", "007", None),
        ("ada", "p2", None),
        ("bob", "007", "popular"),
        ("bob", "p2", "popular"),
    ]
    assert rows[0]["as_of"].startswith("2018-01-03T12:00:00")


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lists.{suffix}"
    write(path)
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="killed"), new_list_file(path) as append:
        append(lists("cyd"))
        raise RuntimeError("killed")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["lists.xlsx", "lists", "lists.csv.gz", "parquet"])
def test_a_name_without_a_known_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AisleError, match=r"\.parquet, \.csv, \.jsonl"):
        require_format(tmp_path / name)


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    (tmp_path / "lists.csv").mkdir()
    with pytest.raises(AisleError, match="is a folder"):
        require_format(tmp_path / "lists.csv")


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(AisleError, match=rf"Cannot write .*lists\.{suffix}"):
        write(tmp_path / "file" / f"lists.{suffix}")


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_a_full_disk_is_one_message_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lists.{suffix}"
    with pytest.raises(AisleError, match="No space left"), new_list_file(path) as append:
        append(lists("ada"))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []
