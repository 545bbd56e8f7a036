"""Pictures by a ResNet, through transformers (the extra `images`)."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aisle.embeddings.device import best_device, quiet_loading, require_packages
from aisle.embeddings.encoder import Vectors, unit_rows
from aisle.embeddings.pixels import as_pixels
from aisle.embeddings.weights import SAFE, Weights, unreachable

if TYPE_CHECKING:
    from PIL.Image import Image

RESNET_50 = "microsoft/resnet-50@34c2154c194f829b11125337b98c8f5f9965ff19"


class ResNetEncoder:
    """A ResNet without its last layer. Its weights are loaded when the first picture is encoded."""

    def __init__(self, weights: Weights) -> None:
        require_packages(weights.name, "aisle[images]", "transformers", "torch", "PIL")
        self._weights = weights
        self.name = weights.name
        self.revision = weights.revision

    @cached_property
    def dimensions(self) -> int:
        """2048 for ResNet-50."""
        return int(self._model.config.hidden_sizes[-1])

    def encode(self, contents: Sequence["Image"]) -> Vectors:
        """Return a row per picture, on the best device of this machine."""
        import torch

        with torch.inference_mode():
            pixels = torch.from_numpy(as_pixels(contents)).to(self._model.device)
            pooled = self._model(pixel_values=pixels).pooler_output  # n x dimensions x 1 x 1
        return unit_rows(pooled.flatten(1).cpu().numpy())

    @cached_property
    def _model(self) -> Any:
        from transformers import ResNetModel

        quiet_loading()
        try:
            model = ResNetModel.from_pretrained(
                self._weights.location,
                use_safetensors=SAFE["use_safetensors"],
                **self._weights.arguments,
            )
        except (OSError, ValueError) as error:
            raise unreachable(self._weights, error) from error
        return model.eval().to(best_device())
