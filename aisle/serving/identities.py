"""Whose an id is: the published map of identities, as it stands at the end of the build."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

SQL = Path(__file__).parent
TABLE = "dim_identities"


@dataclass(frozen=True)
class Identities:
    """Ids that mean somebody else than their own text says; any other id stands for itself."""

    owners: Mapping[str, str] = field(default_factory=dict)  # of anonymous ids
    renamed: Mapping[str, str] = field(default_factory=dict)  # of user ids
    known: frozenset[str] = frozenset()  # users who are not just visitors

    def user(self, user_id: str) -> str:
        """Return the present name of a user."""
        return self.renamed.get(user_id, user_id)

    def visitor(self, anonymous_id: str) -> str:
        """Return whose device it is; a device nobody known was seen on is its own user.

        A new visitor whose id happens to be a user's is not that user.
        """
        owner = self.owners.get(anonymous_id)
        if owner is not None:
            return owner
        is_taken = anonymous_id in self.known or anonymous_id in self.renamed
        return f"{anonymous_id} (visitor)" if is_taken else anonymous_id


def read_identities(connection: duckdb.DuckDBPyConnection, tables: frozenset[str]) -> Identities:
    """Return the map of an open publication; empty for one that was made before there was any."""
    if TABLE not in tables:
        return Identities()
    rows = connection.execute((SQL / "shop_identities.sql").read_text()).fetchall()
    known = connection.execute((SQL / "shop_known_users.sql").read_text()).fetchall()
    return Identities(
        owners={name: user for kind, name, user in rows if kind == "anonymous"},
        renamed={name: user for kind, name, user in rows if kind == "user"},
        known=frozenset(row[0] for row in known),
    )
