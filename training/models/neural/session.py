"""PyTorch as one fit uses it: its device, precision, threads and seed; left as it was found."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from aisle.core.errors import AisleError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

AUTO = "auto"
PRECISIONS = (AUTO, "float32", "bfloat16", "float16")


def require_torch(family: str) -> None:
    """Refuse to fit a family where PyTorch is not installed, saying what to do."""
    if find_spec("torch") is None:
        raise AisleError(
            f"The family {family} is fitted with PyTorch, which is not installed here: run "
            "`make install`, or install aisle[neural]. A saved model answers without it."
        )


@dataclass(frozen=True)
class Session:
    """Where one fit computes, and in which numbers; `half` is None for float32 throughout."""

    device: "torch.device"
    half: "torch.dtype | None"

    def autocast(self) -> "torch.autocast":
        """Return the context in which a loss is computed: half precision where it is wanted."""
        import torch

        return torch.autocast(self.device.type, dtype=self.half, enabled=self.half is not None)

    def scaler(self) -> "torch.amp.GradScaler":
        """Return what keeps small gradients of float16 from becoming zero; idle in other types."""
        import torch

        return torch.amp.GradScaler(self.device.type, enabled=self.half == torch.float16)

    def tensor(self, array: np.ndarray) -> "Tensor":
        """Return an array on the device."""
        import torch

        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)


@contextmanager
def torch_session(precision: str = AUTO, *, seed: int = 0, threads: int = 1) -> Iterator[Session]:
    """Yield the session of one fit; threads and random numbers of the process come back after it.

    `precision` auto means half precision on CUDA, where it is faster, and float32 on a CPU.
    """
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    # NumPy has threads of its own for matrix products, with which epochs are judged.
    with torch.random.fork_rng(), threadpool_limits(limits=threads, user_api="blas"):
        torch.set_num_threads(threads)
        torch.manual_seed(seed)
        device = torch.device(best_device())
        try:
            yield Session(device, half_type(precision, device.type))
        finally:
            torch.set_num_threads(before)


def best_device() -> str:
    """Return `cuda` where there is such a device, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def half_type(precision: str, device: str) -> "torch.dtype | None":
    """Return the half-precision type of a parameter `precision`; None means float32."""
    import torch

    if precision not in PRECISIONS:
        raise AisleError(
            f"precision is {precision!r}: params.yaml may say {', '.join(PRECISIONS)}."
        )
    if precision == AUTO:
        if device != "cuda":
            return None
        precision = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(precision)


def as_numpy(tensor: "Tensor") -> np.ndarray:
    """Return a float32 copy of a tensor, which further training leaves alone."""
    array: np.ndarray = tensor.detach().float().cpu().numpy().copy()
    return array
