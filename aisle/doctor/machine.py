"""Looks at what is installed: Python, compiler, packages against the lock, memory."""

import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import psutil
from packaging.requirements import Requirement

from aisle.core.settings import REPOSITORY, Settings
from aisle.doctor.findings import State, fail, ok, warn

LOCK = REPOSITORY / "requirements.lock"
LOCKED = re.compile(r"^[A-Za-z0-9][\w.\[\],-]*==[^\\]+")
PYTHONS = ((3, 11), (3, 12))
NEEDED_MEMORY_GIB = 2.5  # `make run` on the whole sample peaks at 1.8
SHOWN = 5


def python(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at the version of Python."""
    running = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] in PYTHONS:
        yield ok(running)
    else:
        yield fail(f"{running} is neither 3.11 nor 3.12", "Remove .venv, then `make install`.")


def compiler(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look for a C compiler."""
    found = shutil.which("cc")
    if found:
        yield ok(found)
    else:
        yield warn("no `cc` on the PATH", "Needed to install again: install gcc or clang.")


def packages(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Compare what is installed with requirements.lock."""
    locked = [Requirement(line) for line in locked_lines(LOCK.read_text(encoding="utf-8"))]
    needed = [one for one in locked if one.marker is None or one.marker.evaluate()]
    differing = [text for one in needed if (text := difference(one))]
    if not differing:
        yield ok(f"{len(needed)} packages as locked")
        return
    more = f" and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
    yield fail("; ".join(differing[:SHOWN]) + more, "`rm .venv/.installed`, then `make install`.")


def locked_lines(lock: str) -> list[str]:
    """Return the requirements of a lock file, without hashes and comments."""
    return [
        match[0].strip() for line in lock.splitlines() if (match := LOCKED.match(line)) is not None
    ]


def difference(locked: Requirement) -> str | None:
    """Return how the installed version differs from the locked one; None when it does not."""
    try:
        installed = version(locked.name)
    except PackageNotFoundError:
        return f"{locked.name} is not installed, {locked.specifier} is locked"
    if locked.specifier.contains(installed, prereleases=True):
        return None
    return f"{locked.name} is {installed}, {locked.specifier} is locked"


def memory(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at the memory that is available."""
    available = psutil.virtual_memory().available / 2**30
    text = f"{available:.1f} GiB available"
    if available < NEEDED_MEMORY_GIB:
        advice = f"`make run` on the sample takes about 2 GiB: free some, {_smaller()}."
        yield warn(text, advice)
    else:
        yield ok(text)


def _smaller() -> str:
    return "or try a slice (AISLE_SAMPLE_USERS=150)"
