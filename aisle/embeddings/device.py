"""PyTorch's device, chosen at run time: a GPU where there is one."""

from importlib.util import find_spec

from aisle.core.errors import AisleError


def best_device() -> str:
    """Return `cuda`, `mps` or `cpu`, the first that this machine has."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def require_packages(encoder: str, extra: str, *packages: str) -> None:
    """Refuse an encoder whose packages are not installed, saying what to install."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise AisleError(
            f"The encoder {encoder} needs {', '.join(missing)}, not installed here: "
            f"run `make install`, or install {extra} and PyTorch."
        )
