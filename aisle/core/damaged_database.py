"""A damaged SQLite file (MLflow's, Feast's): how to recognise it, and what to say about it."""

from pathlib import Path

from aisle.core.disk import with_causes

# SQLAlchemy and MLflow pass on SQLite's words.
WORDS = ("file is not a database", "database disk image is malformed")


def describe_damaged_database(error: BaseException, workspace: Path) -> str | None:
    """Return what to say where a damaged SQLite file is behind an error; None elsewhere."""
    for one in with_causes(error):
        for words in WORDS:
            if words in str(one):
                return (
                    f"A database of {workspace} is damaged (SQLite says: {words}): `aisle doctor` "
                    "says which; restore it from a copy."
                )
    return None
