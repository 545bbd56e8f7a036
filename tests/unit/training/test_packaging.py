"""A registered model carries every module of ours it needs and pins every package it loads."""

import ast
import sys

from aisle.core.settings import REPOSITORY
from training.packaging import CODE, OURS, REQUIREMENTS, needed_modules, signature


def test_the_modules_of_a_model_come_with_the_packages_above_them() -> None:
    needed = {str(path) for path in needed_modules(CODE)}
    assert {"aisle/__init__.py", "aisle/core/artifact.py", "training/models/families.py"} <= needed


def test_loading_a_model_imports_only_what_its_requirements_name() -> None:
    allowed = {*REQUIREMENTS, *OURS, *sys.stdlib_module_names}
    for path in [CODE.relative_to(REPOSITORY), *needed_modules(CODE)]:
        for node in ast.parse((REPOSITORY / path).read_text()).body:  # at import time only
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names.append(node.module)
            foreign = {name.split(".")[0] for name in names} - allowed
            assert not foreign, f"{path} imports {foreign} as it loads"


def test_only_the_user_id_is_required() -> None:
    inputs = signature().inputs
    assert inputs.required_input_names() == ["user_id"]
    assert inputs.optional_input_names() == ["k", "exclude", "context"]
