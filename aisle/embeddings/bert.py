"""Texts by a BERT, through sentence-transformers (the extra `bert`)."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from aisle.embeddings.device import best_device, quiet_loading, require_packages
from aisle.embeddings.encoder import Vectors, unit_rows
from aisle.embeddings.weights import SAFE, Weights, unreachable

BATCH = 64
MINILM = "sentence-transformers/all-MiniLM-L6-v2@c9745ed1d9f207416be6d2e6f8de32d1f16199bf"


class SentenceEncoder:
    """A sentence-transformers model. Its weights are loaded when the first text is encoded."""

    def __init__(self, weights: Weights) -> None:
        require_packages(weights.name, "aisle[bert]", "sentence_transformers", "torch")
        self._weights = weights
        self.name = weights.name
        self.revision = weights.revision

    @cached_property
    def dimensions(self) -> int:
        """384 for MiniLM."""
        return int(self._model.get_embedding_dimension())

    def encode(self, contents: Sequence[str]) -> Vectors:
        """Return a row per text, on the best device of this machine."""
        rows = self._model.encode(list(contents), batch_size=BATCH, show_progress_bar=False)
        return unit_rows(rows)

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        quiet_loading()
        try:
            return SentenceTransformer(
                self._weights.location,
                device=best_device(),
                trust_remote_code=False,
                model_kwargs={"use_safetensors": SAFE["use_safetensors"]},
                **self._weights.arguments,
            )
        except (OSError, ValueError) as error:
            raise unreachable(self._weights, error) from error
