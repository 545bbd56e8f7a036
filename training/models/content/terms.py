"""What items nobody has bought may be ranked by, keys and vectors, and how a recipe states it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aisle.core.errors import AisleError
from training.models.content.keys import Columns

COLUMNS = "columns"
VECTORS = "vectors"
WEIGHT = "weight"


@dataclass(frozen=True)
class Vectors:
    """The vectors of one kind, `text` or `image`."""

    kind: str


Term = Columns | Vectors
Terms = list[tuple[Term, float]]


def stated_terms(documents: Sequence[Mapping[str, Any]]) -> Terms:
    """Return the terms of a recipe: `{columns: […], weight: …}` or `{vectors: text, weight: …}`.

    Raises AisleError for vectors that would count against what is near.
    """
    return [(_term(one), float(one[WEIGHT])) for one in documents]


def term_documents(terms: Terms) -> list[dict[str, Any]]:
    """Return what a recipe states of terms."""
    return [{**_name(term), WEIGHT: float(weight)} for term, weight in terms]


def columns_of(terms: Terms) -> list[str]:
    """Return the columns that keys are made of, each as often as it is in one."""
    return [name for term, _ in terms if not isinstance(term, Vectors) for name in term]


def _term(document: Mapping[str, Any]) -> Term:
    if VECTORS not in document:
        return tuple(document[COLUMNS])
    if document[WEIGHT] <= 0:
        raise AisleError(
            f"The term {dict(document)} of new items has a weight that is not above zero: state a "
            "positive one, or leave the term out."
        )
    return Vectors(document[VECTORS])


def _name(term: Term) -> dict[str, Any]:
    return {VECTORS: term.kind} if isinstance(term, Vectors) else {COLUMNS: list(term)}
