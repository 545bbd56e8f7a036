"""What the encoders with PyTorch share: its device, chosen at run time; packages; silence."""

import logging
from importlib.util import find_spec

from aisle.core.errors import AisleError


def best_device() -> str:
    """Return `cuda`, `mps` or `cpu`, the first that this machine has."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def quiet_loading() -> None:
    """Keep transformers from drawing bars and telling what it loads: a task's log has its own."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    for name in ("sentence_transformers", "transformers"):
        logging.getLogger(name).setLevel(logging.WARNING)


def require_packages(encoder: str, extra: str, *packages: str) -> None:
    """Refuse an encoder whose packages are not installed, saying what to install."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise AisleError(
            f"The encoder {encoder} needs {', '.join(missing)}, not installed here: "
            f"run `make install`, or install {extra} and PyTorch."
        )
