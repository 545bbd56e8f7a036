"""The default for texts: WordLlama's static vectors, whose weights come with the package."""

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aisle.core.artifact import file_checksum
from aisle.core.errors import AisleError
from aisle.embeddings.encoder import Vectors, unit_rows

CONFIGURATION, DIMENSIONS = "l2_supercat", 256


class WordLlamaEncoder:
    """Means of word-piece vectors that were distilled from a language model; needs no PyTorch."""

    name = f"wordllama-{CONFIGURATION}"
    dimensions = DIMENSIONS

    @cached_property
    def revision(self) -> str:
        """The checksum of the packaged weights."""
        return file_checksum(
            self._package / "weights" / f"{CONFIGURATION}_{DIMENSIONS}.safetensors"
        )

    def encode(self, contents: Sequence[str]) -> Vectors:
        """Return a row per text (n x 256)."""
        return unit_rows(self._model.embed(list(contents)))

    @cached_property
    def _package(self) -> Path:
        spec = find_spec("wordllama")
        if spec is None or spec.origin is None:
            raise AisleError("The text encoder wordllama is not installed: run `make install`.")
        return Path(spec.origin).parent

    @cached_property
    def _model(self) -> Any:
        from wordllama import WordLlama

        # As a cache folder, its own package is where it finds weights and tokenizer.
        return WordLlama.load(
            CONFIGURATION, cache_dir=self._package, dim=DIMENSIONS, disable_download=True
        )
