"""Pack a fitted model to load anywhere: its arrays, the modules it needs, pinned packages."""

import ast
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from aisle.core.settings import REPOSITORY

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

CODE = Path(__file__).with_name("pyfunc_model.py")
OURS = ("aisle", "training")
FITTING = "training.models.neural.fitting"  # needs PyTorch; what is packed has been fitted
REQUIREMENTS = ("mlflow", "numpy", "pandas", "scipy")


@dataclass(frozen=True)
class ModelPackage:
    """Everything `tracking.log_model` needs."""

    code: Path
    arrays: Path
    card: Path  # what the model says about itself, as Markdown
    modules: list[Path]  # folders that will stand on the model's import path
    requirements: list[str]
    signature: "ModelSignature"
    input_example: pd.DataFrame


def pack(arrays: Path, card: Path, stage: Path, example_users: list[str]) -> ModelPackage:
    """Return the package of a model saved in `arrays`; its modules are copied into `stage`."""
    for module in needed_modules(CODE):
        source = REPOSITORY / module
        target = stage / module
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return ModelPackage(
        code=CODE,
        arrays=arrays,
        card=card,
        modules=[stage / name for name in OURS],
        requirements=requirements(),
        signature=signature(),
        input_example=pd.DataFrame({"user_id": example_users, "k": [10] * len(example_users)}),
    )


def requirements() -> list[str]:
    """Return the packages that a model needs to load, at the versions it was made with."""
    return [f"{name}=={version(name)}" for name in REQUIREMENTS]


def needed_modules(entry: Path) -> list[Path]:
    """Return our files that `entry` imports, directly or not, relative to the repository."""
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        for module in _imports(waiting.pop()):
            if module not in found:
                found.add(module)
                waiting.append(REPOSITORY / module)
    return sorted(found)


def _imports(file: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from _files(node.module)
            for name in node.names:  # `from training.models import blend` names a module
                yield from _files(f"{node.module}.{name.name}")
        elif isinstance(node, ast.Import):
            for name in node.names:
                yield from _files(name.name)


def _files(module: str) -> Iterator[Path]:
    """Yield the file of a module of ours and the `__init__.py` of each package above it."""
    parts = module.split(".")
    if parts[0] not in OURS or module.startswith(FITTING):
        return
    for depth in range(1, len(parts) + 1):
        place = Path(*parts[:depth])
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if (REPOSITORY / file).is_file():
                yield file


def signature() -> "ModelSignature":
    """Return what the model takes and gives; only `user_id` is required."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import Array

    request = Schema(
        [
            ColSpec(DataType.string, "user_id"),
            ColSpec(DataType.long, "k", required=False),
            ColSpec(Array(DataType.string), "exclude", required=False),
            ColSpec(DataType.string, "context", required=False),
        ]
    )
    answer = Schema(
        [
            ColSpec(DataType.string, "user_id"),
            ColSpec(DataType.string, "item_id"),
            ColSpec(DataType.double, "score"),
            ColSpec(DataType.long, "rank"),
            ColSpec(DataType.string, "source"),
        ]
    )
    return ModelSignature(inputs=request, outputs=answer)
