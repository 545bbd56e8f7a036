from pathlib import Path

import duckdb
import pytest

from aisle.core.errors import AisleError
from aisle.serving.audience import Everyone, Named, batches, parse_audience, require_users


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create table dim_users as select 'u' || i as user_id from range(5) t(i)")
    return connection


def test_ids_are_taken_once_in_the_order_they_were_named() -> None:
    assert parse_audience("bob, ada,bob,,ada ") == Named(("bob", "ada"))


def test_a_file_holds_one_id_a_line_as_other_programs_write_it(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes(b"\xef\xbb\xbfbob\r\n\r\nada, with a comma\r\nbob\r\n")
    assert parse_audience(f"@{path}") == Named(("bob", "ada, with a comma"))


@pytest.mark.parametrize("text", ["", " , ", "  "])
def test_naming_nobody_is_refused(text: str) -> None:
    with pytest.raises(AisleError, match="names no users"):
        parse_audience(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "names no users"),
        (b"\n \n", "names no users"),
        (b"ada\nb\xff\xfeb\n", "is not UTF-8 text"),
        ("ada\nbob\n".encode("utf-16"), "is not UTF-8 text"),
        (b"a\0d\0a\0", "is not UTF-8 text"),
        (None, "No such file"),
    ],
)
def test_a_file_without_readable_ids_is_refused_by_name(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "ids.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AisleError, match=rf"ids\.txt.*{message}"):
        parse_audience(f"@{path}")


def test_a_folder_is_no_file_of_ids(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match="Cannot read"):
        parse_audience(f"@{tmp_path}")


def test_everyone_comes_in_batches_in_the_order_of_their_ids(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    everyone = parse_audience("all")
    assert everyone == Everyone()
    assert require_users(everyone, connection) == 5
    assert list(batches(everyone, connection, size=2)) == [["u0", "u1"], ["u2", "u3"], ["u4"]]


def test_named_users_come_in_batches_too(connection: duckdb.DuckDBPyConnection) -> None:
    named = Named(("c", "a", "b"))
    assert require_users(named, connection) == 3
    assert list(batches(named, connection, size=2)) == [["c", "a"], ["b"]]


def test_a_shop_without_users_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from dim_users")
    with pytest.raises(AisleError, match="no users"):
        require_users(Everyone(), connection)
