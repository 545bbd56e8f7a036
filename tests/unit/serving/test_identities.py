import duckdb
import pytest

from aisle.serving.identities import Identities, read_identities


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("""
        create table dim_identities as
        from (values
            ('anonymous', 'tablet', 'ada', timestamp '2026-01-01'),
            ('anonymous', 'tablet', 'bob', null),
            ('anonymous', '17', '17 (visitor)', null),
            ('user', 'eva', 'ada', null)
        ) as rows (id_kind, id, user_id, valid_to);
        create table dim_users as
        from (values
            ('ada', false), ('bob', false), ('17', false), ('17 (visitor)', true), ('x', true)
        ) as rows (user_id, is_anonymous)
    """)
    return connection


def test_an_id_means_who_has_it_now(connection: duckdb.DuckDBPyConnection) -> None:
    identities = read_identities(connection, frozenset({"dim_identities", "dim_users"}))
    assert identities.visitor("tablet") == "bob"
    assert identities.visitor("17") == "17 (visitor)"
    assert identities.visitor("x") == "x"
    assert identities.visitor("ada") == "ada (visitor)"
    assert identities.user("eva") == "ada"
    assert identities.user("17") == "17"
    assert identities.user("tablet") == "tablet"


def test_a_publication_without_a_map_leaves_ids_as_they_are(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert read_identities(connection, frozenset({"dim_users"})) == Identities()
