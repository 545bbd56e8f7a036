"""Removes a workspace: only what Aisle makes, and never a folder that holds anything else."""

import os
import shutil
from pathlib import Path

from aisle.core.errors import AisleError
from aisle.core.settings import REPOSITORY, Settings
from aisle.runner.lock import AIRFLOW_LOCK, RUN_LOCK, users_of
from aisle.runner.processes import end_all
from aisle.runner.ui_state import state_file

SHOWN = 5


def remove_workspace(settings: Settings) -> bool:
    """Remove the workspace and return whether there was one; refuse while somebody uses it.

    The shop's own tracking plan stays: people wrote it.
    """
    root, plan = settings.root, settings.tracking_plan
    if not root.exists() or os.listdir(root) == [plan.name]:
        return False
    _refuse_what_is_not_ours(settings)
    _refuse_while_used(settings)
    end_all(str(root))  # what a killed run may have left would go on writing
    if not os.path.lexists(plan):
        shutil.rmtree(root)
        return True
    for entry in root.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != plan:
            entry.unlink()
    return True


def known_entries(settings: Settings) -> set[str]:
    """Return the names that Aisle gives to what it makes in a workspace."""
    properties = [
        getattr(settings, name)
        for name, attribute in vars(type(settings)).items()
        if isinstance(attribute, property)
    ]
    folders = [value for value in properties if isinstance(value, Path)]
    ours = {path.relative_to(settings.root).parts[0] for path in folders}
    return ours | {RUN_LOCK, AIRFLOW_LOCK, state_file(settings).name}


def _refuse_what_is_not_ours(settings: Settings) -> None:
    root = settings.root
    entries = {path.name for path in root.iterdir()}
    strange = sorted(entries - known_entries(settings))
    if strange or root in (Path.home(), REPOSITORY, *REPOSITORY.parents):
        listed = ", ".join(strange[:SHOWN]) + (" and more" if len(strange) > SHOWN else "")
        raise AisleError(
            f"{root} is no workspace of Aisle alone: it holds {listed or 'other things'}. "
            "Nothing was removed: check AISLE_HOME, or move away what is yours."
        )


def _refuse_while_used(settings: Settings) -> None:
    for holder in users_of(settings):
        raise AisleError(
            f"`{holder.command}` (process {holder.process}) is using {settings.root}: end it "
            "first. Nothing was removed."
        )
